#!/usr/bin/env python3
"""What Python does: rows of the conformance table, observed with the standard weakref module.

    python_rows.py            a line a row
    python_rows.py --json     {row: answer}
    python_rows.py R05 V27    these alone

A row is a function named by its ID in one of the modules below: it makes the objects, watches, raises
when what it sees is not what the table says, and returns a short answer without addresses or times.
Status 1 when a row raises. Python 3.11 or later; the answers are the same for each.
"""

import argparse
import json
import re
import sys

import python_deaths
import python_finalizers
import python_key_maps
import python_proxies
import python_refs
import python_sets
import python_value_maps

FAMILIES = (python_refs, python_deaths, python_proxies, python_value_maps, python_key_maps, python_sets,
            python_finalizers)
ROW = re.compile(r"[RPMVKSFX][0-9][0-9]")


def functions():
    """The row functions by ID, in the order of the table."""
    return {name: value for family in FAMILIES for name, value in vars(family).items()
            if ROW.fullmatch(name)}


def observe(names=()):
    """Answers by row, and complaints by row that raised."""
    answers, complaints = {}, {}
    for name, function in functions().items():
        if names and name not in names:
            continue
        try:
            answers[name] = function()
        except Exception as error:
            complaints[name] = f"{type(error).__name__}: {error}"
    return answers, complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("rows", nargs="*")
    arguments = parser.parse_args()
    if sys.version_info < (3, 11):
        sys.exit("python_rows.py: Python 3.11 or later is needed")
    unknown = set(arguments.rows) - set(functions())
    if unknown:
        sys.exit(f"python_rows.py: no such row: {', '.join(sorted(unknown))}")
    answers, complaints = observe(arguments.rows)
    if arguments.json:
        print(json.dumps(answers, indent=1, ensure_ascii=False))
    else:
        for name, answer in answers.items():
            print(f"{name}  {answer}")
    for name, complaint in complaints.items():
        print(f"{name} is not what the table says: {complaint}", file=sys.stderr)
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
