"""The Catch2 listener on a suite of which it is known who leaks.
usage: catch2_leaks.py BUILD [CASE…]
"""

import re
import sys
import xml.etree.ElementTree as xml

from cases import case, expect, main
from harness import run

TESTS = 16
LEAKS = 8
NOTICE = b"libtrack: no collector judges this program"


class Results:
    """{test case: its failures as one text}, and how many ran."""

    def __init__(self, outcome, report):
        self.outcome = outcome
        self.names = []
        self.failed = {}
        for test in xml.parse(report).getroot().iter("TestCase"):
            self.names.append(test.get("name"))
            if test.find("OverallResult").get("success") != "true":
                self.failed[test.get("name")] = " ".join(test.itertext())


def suite_run(build, folder, *words, tracked=True):
    program = build.folder / "bin" / "frameworks" / "catch2_leaks"
    report = folder / "results.xml"
    command = [program, "--reporter", "xml", "--out", report, *words]
    if tracked:
        (folder / "it.track").unlink(missing_ok=True)
        outcome = build.tracked(command, folder).outcome
    else:
        outcome = run(command)
    return Results(outcome, report)


def expect_named(results):
    for name, failure in results.failed.items():
        function = re.search(r"\[(\w+)\]", name).group(1)
        expect(function in failure, f"{name}: {failure}")


@case
def exactly_those_that_leak_fail(build, folder):
    for words in ((), ("--order", "rand", "--rng-seed", "3")):
        results = suite_run(build, folder, *words)
        expect(len(results.names) == TESTS, f"{len(results.names)} test cases ran")
        expected = {name for name in results.names if name.startswith("leaks")}
        expect(len(expected) == LEAKS and set(results.failed) == expected,
               f"failed: {sorted(results.failed)}")
        expect_named(results)
        expect(results.outcome.status == LEAKS, f"status {results.outcome.status}")
        expect(NOTICE not in results.outcome.stderr, results.outcome.stderr.decode())


@case
def alone_it_finds_tracked_objects_and_says_that_it_checks_less(build, folder):
    results = suite_run(build, folder, tracked=False)
    expect(len(results.failed) == 2 and all("an object" in name for name in results.failed),
           f"failed: {sorted(results.failed)}")
    expect_named(results)
    expect(results.outcome.stderr.count(NOTICE) == 1, results.outcome.stderr.decode())


if __name__ == "__main__":
    sys.exit(main())
