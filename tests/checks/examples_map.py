#!/usr/bin/env python3
"""The page of the examples: every example stands in it and exists, and every test it names is there."""

import re

import sources

PAGE = sources.ROOT / "libtrack" / "examples" / "README.md"
TEST = re.compile(r"TEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\s*\)")


def tests_there():
    return {".".join(found) for path in sources.files(".cpp", root=sources.ROOT / "tests" / "unit" / "weak")
            for found in TEST.findall(path.read_text())}


def complaints_of(page, examples, tests):
    rows = [line for line in page.splitlines() if line.startswith("| ") and ".cpp](" in line]
    shown = [name for row in rows for name in re.findall(r"\]\((\w+\.cpp)\)", row)]
    for name in sorted(set(shown) ^ set(examples)):
        yield f"{name}: {'no such example' if name in shown else 'not on the page'}"
    for row in rows:
        named = re.findall(r"`(\w+\.\w+)`", row.split("|")[-2])
        if not named:
            yield f"no test in: {row}"
        yield from (f"no test {name}" for name in named if name not in tests)


def self_test():
    row = "| theme | `x` | [one.cpp](one.cpp) | `Suite.R01_test` |"
    for page, tests in (("", {"Suite.R01_test"}), (row, set()), (row.replace("R01_test", ""), set())):
        sources.must_complain("examples map", list(complaints_of(page, ["one.cpp"], tests)))


self_test()
examples = [path.name for path in sources.files(".cpp", root=PAGE.parent)]
sources.finish("examples map", list(complaints_of(PAGE.read_text(), examples, tests_there())))
