"""The golden JUnit reports are XML, and their attributes count what is in them.
usage: junit_parse.py FOLDER."""

import sys
import xml.etree.ElementTree as xml
from pathlib import Path

import sources

OUTCOMES = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def faults_of(text):
    """What is wrong with a report; nothing when it is right."""
    try:
        root = xml.fromstring(text)
    except xml.ParseError as error:
        return [f"is no XML: {error}"]
    faults = []
    if root.tag != "testsuites" or [each.tag for each in root] != ["testsuite"]:
        faults.append("is not one suite in testsuites")
    for suite in [root, *root.findall("testsuite")]:
        cases = list(suite.iter("testcase"))
        counts = {"tests": len(cases)}
        for name, tag in OUTCOMES.items():
            counts[name] = sum(case.find(tag) is not None for case in cases)
        for name, count in counts.items():
            if suite.get(name) != str(count):
                faults.append(f"{suite.tag}: {name} is {suite.get(name)}, there are {count}")
        for case in cases:
            if not case.get("name") or not case.get("classname"):
                faults.append("has a case without a name")
            if len(case) > 1 or any(each.tag not in OUTCOMES.values() for each in case):
                faults.append(f"{case.get('name')}: has not one outcome")
    return faults


def self_test(text):
    for old, new in (("</testcase>", ""), ('tests="', 'tests="9'), ("<failure", "\x00<failure"),
                     ('classname="', 'class="'), ("testsuites", "suites")):
        sources.must_complain("junit parse", faults_of(text.replace(old, new)))


def main():
    paths = sorted(Path(sys.argv[1]).glob("*.junit.xml"))
    complaints = [] if len(paths) >= 2 else [f"only {len(paths)} golden reports"]
    for path in paths:
        text = path.read_text()
        complaints += [f"{path.name}: {fault}" for fault in faults_of(text)]
        self_test(text)
    sources.finish("junit parse", complaints)


if __name__ == "__main__":
    main()
