"""Symbols, source files and programs with names that mean something to what reads our reports.
usage: hostile_names.py BUILD [CASE…]
"""

import json
import shutil
import sys
import xml.etree.ElementTree as ElementTree

from cases import Skip, case, expect, main
from harness import ROOT, run
from hostile_program import FILE, FINDINGS, NAMES, compiled
from workflow_log import annotations, unescaped

sys.path.insert(0, str(ROOT / "tests" / "checks"))
import sarif_schema  # noqa: E402


def check_text(text):
    controls = sorted({char for char in text if ord(char) < 32 and char != "\n"})
    expect("gate: FAIL" in text and not controls, f"control characters: {controls}")
    found = annotations(text)
    expect([each[0] for each in found] == ["error"] * 9 + ["notice"], found)
    expect(all(unescaped(each[1]["file"]).endswith(FILE) for each in found[:9]), found)


def check_files(folder):
    lost = [each for each in json.loads((folder / "it.json").read_text())["findings"]
            if each["kind"] == "lost"]
    names = {each["stack"][0]["function"] for each in lost}
    expect(len(lost) == FINDINGS and set(NAMES) <= names, sorted(set(NAMES) - names))
    cases = list(ElementTree.fromstring((folder / "it.junit").read_text()).iter("testcase"))
    expect(len(cases) == FINDINGS + 1 and all(len(each.findall("failure")) == 1 for each in cases),
           f"{len(cases)} cases")
    checker = sarif_schema.Checker()
    log = json.loads((folder / "it.sarif").read_text())["runs"][0]
    checker.run(log)
    expect(not checker.faults and len(log["results"]) >= FINDINGS, checker.faults)
    issues = json.loads((folder / "it.gitlab").read_text())
    expect(sum(each["check_name"] == "lost" for each in issues) == FINDINGS, f"{len(issues)} issues")


@case
def every_format_keeps_its_shape(build, folder):
    if shutil.which("clang++") is None:
        raise Skip("no clang++, which writes any symbol")
    program = compiled(folder, "-g")
    capture = build.tracked([program], folder).capture
    words = [word for each in ("json", "sarif", "junit", "gitlab")
             for word in (f"--{each}", folder / f"it.{each}")]
    done = run([build.track, "gate", capture, *words, "--github"])
    expect(done.status == 1, done.stderr)
    check_text(done.stdout.decode())
    check_files(folder)


if __name__ == "__main__":
    main()
