#!/usr/bin/env python3
"""The corpus of leaks and cycles by g++ and clang++, libstdc++ and libc++, -O0 and -O2, with and
without symbols and RTTI: every block in the class that the fixture's first comment says, and nothing
lost in the clean twins.
"""

from pathlib import Path

import leak_corpus
from acceptance import harness, start

import leaks


def wrong_ones(variant, folder, preload):
    names = leak_corpus.build(variant, folder)
    wrong = []
    for name in names:
        try:
            leaks.check(name, preload, Path(folder), libcxx=variant.libcxx)
        except harness.Failure as failure:
            wrong.append(f"{name}: {failure}")
    return names, wrong


def main():
    rows, build, scratch = start("leak corpus", __doc__)
    with scratch as folder:
        for number, variant in enumerate(leak_corpus.VARIANTS):
            binaries = Path(folder) / str(number)
            binaries.mkdir()
            names, wrong = wrong_ones(variant, binaries, build.preload)
            figure = f"{len(names) - len(wrong)} of {len(names)} programs as they say"
            rows.add(variant.name, "; ".join([figure, *wrong]), not wrong)
    rows.end()


if __name__ == "__main__":
    main()
