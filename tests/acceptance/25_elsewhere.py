#!/usr/bin/env python3
"""Stills in hard places: 200 threads, blocked signals, the still's own signal, forks, Docker's filter,
process 1, limits of processes and memory, an empty root. The cases are tests/integration/elsewhere.py.
"""

from pathlib import Path

from acceptance import harness, start

import cases
import elsewhere  # noqa: F401  registers its cases


def main():
    rows, build, _ = start("elsewhere", __doc__)
    for each in cases.CASES:
        with harness.scratch() as folder:
            name = each.__name__.replace("_", " ")
            try:
                rows.add(name, each(build, Path(folder)), True)
            except cases.Skip as reason:
                rows.add(name, f"not possible here: {reason}", None)
            except harness.Failure as failure:
                rows.add(name, str(failure).replace("\n", " "), False)
    rows.end()


if __name__ == "__main__":
    main()
