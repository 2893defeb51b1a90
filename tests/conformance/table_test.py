#!/usr/bin/env python3
"""Tests of table.py, with a made test binary and made Python rows; and that python_rows.py looks at
what it answers."""

import contextlib
import io
import json
import sys
import tempfile
import unittest
import weakref
from pathlib import Path

import python_rows
import table

BINARY = """#!{python}
# Stands for a gtest binary. Its tests: {tests}
import json, os, sys
tests = {tests}
flags = dict(word.split("=", 1) for word in sys.argv[1:] if "=" in word)
if "--gtest_list_tests" in sys.argv:
    print("Running main() from gtest_main.cc")
    print("WeakRef.  # TypeParam = int")
    for name in tests:
        print("  " + name + "  # GetParam() = 1")
    sys.exit(0)
if {crashes}:
    os.abort()
def entry(name, outcome):
    made = {{"name": name, "status": "NOTRUN" if outcome == "disabled" else "RUN",
            "result": "SKIPPED" if outcome == "skipped" else "COMPLETED", "time": "0.123s"}}
    return made | ({{"failures": [{{"failure": "1 != 2"}}]}} if outcome == "failed" else {{}})
if "GTEST_FILTER" in os.environ:
    sys.exit("the environment was handed on")
with open(flags["--gtest_output"].removeprefix("json:"), "w") as file:
    json.dump({{"testsuites": [{{"name": "WeakRef",
                               "testsuite": [entry(*each) for each in tests.items()]}}]}}, file)
sys.exit({status} or int("failed" in tests.values()))
"""

PYTHON = """import json, sys
print(json.dumps({answers}))
print({message!r}, file=sys.stderr)
sys.exit({status})
"""


def python_rows_of(count):
    return [{"id": f"V{number:02}", "behaviour": "b", "cpp": "-", "verdict": "N", "reason": "r"}
            for number in range(count)]


ROWS = [{"id": "R01", "behaviour": "first", "cpp": "`a|b`", "verdict": "A"},
        {"id": "R02", "behaviour": "second", "cpp": "-", "verdict": "D", "note": "otherwise"},
        {"id": "R13", "behaviour": "third", "cpp": "-", "verdict": "N", "reason": "a value"},
        {"id": "C05", "behaviour": "fourth", "cpp": "-", "verdict": "C"}]
TESTS = {"R01_one": "passed", "R01_two/0": "passed", "R02_C05_both": "passed", "plain_test": "passed"}


class Table(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.rows = [dict(row) for row in ROWS] + python_rows_of(70)
        self.answers = {f"V{number:02}": "an __answer__" for number in range(70)}
        self.tests = dict(TESTS)
        self.binary, self.python = {"crashes": False, "status": 0}, {"status": 0, "message": ""}
        self.output = self.folder / "CONFORMANCE.md"

    def make(self):
        (self.folder / "rows.json").write_text(json.dumps({"rows": self.rows}))
        (self.folder / "rows.py").write_text(PYTHON.format(answers=self.answers, **self.python))
        for name, tests in (("weak_test", self.tests), ("other_test", {"plain_test": "failed"})):
            path = self.folder / "build" / "bin" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(BINARY.format(python=sys.executable, tests=tests, **self.binary))
            path.chmod(0o755)

    def run_table(self, *words):
        """Status and what was printed."""
        self.make()
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            status = table.main(["--build", str(self.folder / "build"),
                                 "--rows", str(self.folder / "rows.json"),
                                 "--python-rows", str(self.folder / "rows.py"),
                                 *(words or ("-o", str(self.output)))])
        return status, printed.getvalue()

    def assert_complaint(self, *texts):
        status, printed = self.run_table()
        self.assertEqual(status, 1, printed)
        for text in texts:
            self.assertIn(text, printed)
        return self.output.read_text()

    def test_all_is_well(self):
        status, printed = self.run_table()
        self.assertEqual((status, printed), (0, "conformance: fine\n"))
        text = self.output.read_text()
        self.assertIn("| R01 | first | `a\\|b` | A | passed (2 tests) | - |", text)
        self.assertIn("| R02 | second | - | D: otherwise | passed (1 test) | - |", text)
        self.assertIn("| R13 | third | - | N | not applicable: a value | - |", text)
        self.assertIn("| C05 | fourth | - | C | passed (1 test) | - |", text)
        self.assertIn("| V00 | b | - | N | not applicable: r | `an __answer__` |", text)
        self.assertIn("Of 3 that want a test 3 pass, by 4 tests; 70 rows have", text)
        self.assertNotIn(str(self.folder), text)
        self.assertNotIn("0.123", text)

    def test_row_without_test(self):
        del self.tests["R01_one"], self.tests["R01_two/0"]
        self.assertIn("**no test**", self.assert_complaint("R01: no test (first)"))

    def test_cpp_row_without_test(self):
        self.tests = {"R01_one": "passed", "R02_one": "passed"}
        self.assert_complaint("C05: no test (fourth)")

    def test_failing_row(self):
        self.tests["R01_two/0"] = "failed"
        text = self.assert_complaint("R01: WeakRef.R01_two/0 failed")
        self.assertIn("**failed** (1 of 2 tests)", text)

    def test_row_whose_tests_are_skipped(self):
        self.tests["R02_C05_both"] = "skipped"
        self.assertIn("**not run** (1 test)", self.assert_complaint("R02: its tests did not run"))

    def test_row_with_a_skipped_test_beside_one_that_passed(self):
        self.tests["R01_one"] = "skipped"
        status, printed = self.run_table()
        self.assertEqual(status, 0, printed)
        self.assertIn("passed (1 test, 1 not run)", self.output.read_text())

    def test_row_without_reason(self):
        del self.rows[2]["reason"]
        self.assertIn("**no reason**", self.assert_complaint("R13: not applicable, and no reason"))

    def test_half_applicable_row_wants_reason_and_test(self):
        self.rows[0] |= {"verdict": "A/N"}
        self.assert_complaint("R01: not applicable, and no reason")
        self.rows[0] |= {"reason": "no collector"}
        self.assertEqual(self.run_table()[0], 0)
        del self.tests["R01_one"], self.tests["R01_two/0"]
        self.assert_complaint("R01: no test")

    def test_compile_time_check_wants_a_test(self):
        self.rows[2]["check"] = "`a == 1` does not compile"
        self.assert_complaint("R13: no test")
        self.tests["R13_refused"] = "passed"
        self.assertEqual(self.run_table()[0], 0)
        self.assertIn("compile-time check: `a == 1` does not compile; passed (1 test); a value",
                      self.output.read_text())

    def test_adapted_row_without_note(self):
        del self.rows[1]["note"]
        self.assert_complaint("R02: adapted, and no note how")

    def test_unknown_verdict(self):
        self.rows[0]["verdict"] = "B"
        self.assert_complaint("R01: no verdict 'B'")

    def test_test_of_no_row(self):
        self.tests["R99_lost"] = "passed"
        self.assert_complaint("R99: a test is named so")

    def test_row_twice(self):
        self.rows.append(self.rows[0])
        self.assert_complaint("R01: 2 rows")

    def test_too_few_python_answers(self):
        del self.answers["V00"]
        self.assert_complaint("69 rows with Python's answer")

    def test_python_row_that_raises(self):
        self.python = {"status": 1, "message": "V00 is not what the table says"}
        self.assert_complaint("Python: V00 is not what the table says")

    def test_binary_that_crashes(self):
        self.binary["crashes"] = True
        self.assert_complaint("weak_test: status -6 without results", "R01: WeakRef.R01_one failed")

    def test_binary_that_ends_badly_after_its_tests(self):
        self.binary["status"] = 23
        self.assert_complaint("weak_test: status 23 though no test failed")

    def test_no_binary(self):
        self.tests = {}
        self.assert_complaint("no test binary")

    def test_check_compares(self):
        self.run_table()
        text = self.output.read_text()
        self.assertEqual(self.run_table("--check", str(self.output))[0], 0)
        self.output.write_text(text.replace(" |\n", " |  \n") + "\n")
        self.assertEqual(self.run_table("--check", str(self.output))[0], 0)
        self.output.write_text(text.replace("2 tests", "3 tests"))
        status, printed = self.run_table("--check", str(self.output))
        self.assertEqual(status, 1)
        self.assertIn("-| R01 | first | `a\\|b` | A | passed (3 tests) | - |", printed)
        self.assertIn("+| R01 | first | `a\\|b` | A | passed (2 tests) | - |", printed)
        self.output.unlink()
        self.assertIn("is not there", self.run_table("--check", str(self.output))[1])


class StrongRef:
    """A reference as if Python had no weak ones: owns its object and calls nothing."""

    def __init__(self, target, callback=None):
        self.target, self.__callback__ = target, callback

    def __call__(self):
        return self.target


def strong_finalize(target, function, *arguments, **named):
    made = lambda: function(*arguments, **named)
    made.target, made.alive, made.atexit = target, True, True
    made.peek = made.detach = lambda: (target, function, arguments, named)
    return made


class StrongDict(dict):
    def valuerefs(self):
        return [StrongRef(value) for value in self.values()]

    itervaluerefs = valuerefs

    def keyrefs(self):
        return [StrongRef(key) for key in self]


STRONG = {"ref": StrongRef, "proxy": lambda target, callback=None: target, "finalize": strong_finalize,
          "WeakMethod": StrongRef, "WeakValueDictionary": StrongDict, "WeakKeyDictionary": StrongDict,
          "WeakSet": set, "getweakrefcount": lambda target: 0, "getweakrefs": lambda target: []}

# Rows that need no weakness: what dicts, sets and calls do as well, and those with a python of their own.
HOLD_WITH_STRONG_ONES = set(
    "R01 R21 R22 R25 R38 R40 P01 P05 P06 P07 P08 P10 P12 P13 M01 V06 V07 V08 V10 V12 V19 V31 K03 K07 "
    "K08 S01 S05 S06 S07 S08 S13 S14 S15 S16 S17 S18 F09 F10 F11 F12 F13 F16 F18 X01".split())


class PythonRows(unittest.TestCase):
    def test_answers_are_stable(self):
        names = [name for name in python_rows.functions() if name[0] in "RVS"]
        first, complaints = python_rows.observe(names)
        self.assertEqual(complaints, {})
        self.assertEqual(python_rows.observe(names)[0], first)

    def test_answers_are_short_lines(self):
        for name, answer in python_rows.observe()[0].items():
            self.assertRegex(answer, r"\A[^\n`]{3,130}\Z", name)
            self.assertNotRegex(answer, "0x[0-9a-f]", name)

    def test_rows_are_rows_of_the_table(self):
        known = {row["id"] for row in json.loads((table.HERE / "rows.json").read_text())["rows"]}
        self.assertEqual(set(python_rows.functions()) - known, set())
        for name, function in python_rows.functions().items():
            self.assertTrue(function.__doc__, name)

    def test_rows_notice_when_nothing_is_weak(self):
        kept = {name: getattr(weakref, name) for name in STRONG}
        self.addCleanup(lambda: [setattr(weakref, name, value) for name, value in kept.items()])
        for name, value in STRONG.items():
            setattr(weakref, name, value)
        answers, complaints = python_rows.observe()
        self.assertEqual(set(answers), HOLD_WITH_STRONG_ONES)
        self.assertGreater(len(complaints), table.PYTHON_ROWS_WANTED)


if __name__ == "__main__":
    unittest.main()
