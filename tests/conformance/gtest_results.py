"""Results of the GoogleTests that are named by rows, from every test binary of a build."""

import json
import mmap
import os
import re
import subprocess
import tempfile
from collections import Counter
from pathlib import Path

FAMILIES = "RPMVKSFXC"
# One ID, or several for a test that shows more than one row.
ROW_NAME = re.compile(rf"((?:[{FAMILIES}][0-9][0-9]_)+)")
TIMEOUT_S = 900


def rows_of(test):
    """IDs at the beginning of a test's name."""
    found = ROW_NAME.match(test)
    return found[1].rstrip("_").split("_") if found else []


def mentions(path, word):
    """Whether a file holds the bytes."""
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(word) >= 0


def candidates(build):
    """Executables directly in bin and anywhere in tests that have to do with GoogleTest; a program
    that does not know --gtest_list_tests might do anything when run with it."""
    paths = [*(build / "bin").glob("*"), *(build / "tests").rglob("*")]
    return sorted(path for path in paths
                  if path.is_file() and os.access(path, os.X_OK) and mentions(path, b"gtest"))


def environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("GTEST_")}


def run(path, *arguments, **named):
    return subprocess.run([str(path), *arguments], env=environment(), stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace", check=False,
                          timeout=TIMEOUT_S, **named)


def listed_tests(path):
    """(suite, test) of the binary's tests that are named by rows."""
    done = run(path, "--gtest_list_tests")
    tests, suite = [], ""
    for line in done.stdout.splitlines():
        name = line.split("#")[0].rstrip()
        if line.startswith("  "):
            if rows_of(name.strip()):
                tests.append((suite, name.strip()))
        else:
            suite = name.rstrip(".")
    return tests


def run_tests(path, tests):
    """Outcome by (suite, test), and a complaint or an empty text."""
    wanted = ":".join(f"*.{family}??_*" for family in FAMILIES)
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "results.json"
        try:
            status = run(path, f"--gtest_filter={wanted}", f"--gtest_output=json:{output}",
                         cwd=folder).returncode
        except subprocess.TimeoutExpired:
            return dict.fromkeys(tests, "failed"), f"{path.name}: did not end in {TIMEOUT_S} s"
        try:
            document = json.loads(output.read_text())
        except (OSError, ValueError):
            return dict.fromkeys(tests, "failed"), f"{path.name}: status {status} without results"
    outcomes = dict.fromkeys(tests, "not run")
    for suite in document["testsuites"]:
        for test in suite["testsuite"]:
            key = suite["name"], test["name"]
            if key in outcomes:
                outcomes[key] = outcome_of(test)
    if status != 0 and "failed" not in outcomes.values():
        return outcomes, f"{path.name}: status {status} though no test failed"
    return outcomes, ""


def outcome_of(test):
    if test.get("failures"):
        return "failed"
    if test["status"] != "RUN":
        return "not run"
    return "passed" if test["result"] == "COMPLETED" else "skipped"


def collect(build):
    """Counter of outcomes by row, names of failed tests by row, complaints."""
    counts, failed, complaints = {}, {}, []
    binaries = 0
    for path in candidates(build):
        tests = listed_tests(path)
        if not tests:
            continue
        binaries += 1
        outcomes, complaint = run_tests(path, tests)
        complaints += [complaint] if complaint else []
        for (suite, test), outcome in outcomes.items():
            for row in rows_of(test):
                counts.setdefault(row, Counter())[outcome] += 1
                if outcome == "failed":
                    failed.setdefault(row, []).append(f"{suite}.{test}")
    if not binaries:
        complaints.append("no test binary with tests named by rows; was the build complete?")
    return counts, failed, complaints
