#!/usr/bin/env python3
"""programs.py --build DIR NAME…: runs fixtures of tests/programs with and without the recorder and
checks what their first comments promise (tests/programs/README.md). Status 77: skipped.

--memcheck compares the promised totals with memcheck's instead: a check of the fixtures themselves.
"""

import argparse
import json
import os
import re
import sys

import harness
import leaks
from harness import Failure

SKIPPED = 77


def matches(expected, actual):
    if isinstance(expected, list):
        low, high = expected
        return actual is not None and (low is None or actual >= low) and (
            high is None or actual <= high)
    return expected == actual


def check_numbers(what, expected, actual):
    for key, value in expected.items():
        if not matches(value, actual.get(key)):
            raise Failure(f"{what}.{key} is {actual.get(key)}, expected {value}")


def check_adds_up(report):
    """Totals add up, whatever the program did."""
    for process in report["processes"]:
        totals = process["totals"]
        if process["quality"]["events_lost"]:
            continue
        alive = totals["allocations"] - totals["frees"]
        if alive != totals["live_blocks"]:
            raise Failure(f"process {process['process']}: {totals['allocations']} allocations and "
                          f"{totals['frees']} frees, but {totals['live_blocks']} blocks alive")


def check_mismatches(expected, report):
    found = [each for each in report["findings"] if each["kind"] == "mismatch"]
    titles = [each["title"] for each in found]
    if len(found) != len(expected):
        raise Failure(f"{len(found)} mismatches, expected {len(expected)}: {titles}")
    for want in expected:
        hits = [each for each in found if re.search(want["title"], each["title"], re.IGNORECASE)]
        if len(hits) != 1:
            raise Failure(f"{len(hits)} mismatches match {want['title']!r}: {titles}")
        if "count" in want and hits[0]["blocks"] != want["count"]:
            raise Failure(f"{titles[0]}: {hits[0]['blocks']} times, expected {want['count']}")


def stack_has(finding, function):
    return any(re.search(rf"\b{re.escape(function)}\b", frame["function"] or "")
               for frame in finding["stack"])


def check_survivors(expected, survivors, build):
    found = [each for each in survivors["findings"] if each["kind"] == "survivor"]
    for want in expected:
        own = [each for each in found if stack_has(each, want["function"])]
        for key in ("blocks", "bytes"):
            actual = sum(each[key] for each in own)
            if not matches(want[key], actual):
                raise Failure(f"survivors of {want['function']}: {actual} {key}, "
                              f"expected {want[key]}")
    if expected:
        return
    built = {path.name for path in build.programs.rglob("*") if path.is_file()}
    for each in found:
        if any(os.path.basename(frame["module"] or "") in built for frame in each["stack"]):
            raise Failure(f"a survivor where none is expected: {each['title']}")


def less(totals, base):
    """Totals over those of another program."""
    return {key: (value or 0) - (base.get(key) or 0) for key, value in totals.items()}


def check_report(expected, tracked, base, build):
    report = tracked.report
    processes = report["processes"]
    if "processes" in expected and not matches(expected["processes"], len(processes)):
        raise Failure(f"{len(processes)} processes, expected {expected['processes']}")
    if "exit" in expected:
        check_numbers("exit", expected["exit"], processes[0]["exit"])
    for process in processes:
        quality = process["quality"]
        if "states" in expected and quality["state"] not in expected["states"]:
            raise Failure(f"process {process['process']} is {quality['state']}: "
                          f"{quality['reasons']}")
    if "totals" in expected:
        check_numbers("totals", expected["totals"], less(harness.totals_of(report), base))
    if "sum" in expected:
        check_numbers("sum", expected["sum"], less(harness.sum_totals(report), base))
    if "mismatches" in expected:
        check_mismatches(expected["mismatches"], report)
    if "survivors" in expected:
        check_survivors(expected["survivors"], tracked.survivors, build)
    check_adds_up(report)


def check_invisible(native, tracked):
    for what in ("status", "stdout", "stderr"):
        without, under = getattr(native, what), getattr(tracked, what)
        if without != under:
            raise Failure(f"{what} is {under!r} under track and {without!r} without")


def base_totals(build, marks, env):
    """Totals of the program named by `over:`, or none."""
    if "over" not in marks:
        return {}
    with harness.scratch() as folder:
        tracked = build.read(build.tracked([build.programs / marks["over"]], folder, env))
        return harness.totals_of(tracked.report)


def check_program(build, name):
    source, clean = harness.source_of(name)
    marks = harness.first_comment(source)
    if marks.get("needs") == "root" and os.geteuid() != 0:
        print(f"{name}: skipped, it needs root")
        return SKIPPED
    expected = json.loads(marks["clean" if clean else "expect"])
    command = [build.programs / name, *harness.words_of(marks, "args", build)]
    env = harness.environment_of(marks, build)
    native = harness.run(command, env)
    if "status" in expected and native.status != expected["status"]:
        raise Failure(f"without track it ends with {native.status}, not {expected['status']}")
    with harness.scratch() as folder:
        tracked = build.read(build.tracked(command, folder, env))
        check_report(expected, tracked, base_totals(build, marks, env), build)
        check_invisible(native, tracked.outcome)
    if "classes" in expected:
        leaks.check(name, build.preload, build.programs)
    return 0


def memcheck_totals(command, env):
    """memcheck's "total heap usage" of a program: {allocations, frees, bytes_allocated}."""
    done = harness.run(["valgrind", "--tool=memcheck", "--run-libc-freeres=no",
                        "--run-cxx-freeres=no", *command], env)
    found = re.search(rb"total heap usage: ([\d,]+) allocs, ([\d,]+) frees, ([\d,]+) bytes",
                      done.stderr)
    if not found:
        raise Failure(f"memcheck says nothing: {done.stderr.decode(errors='replace')}")
    numbers = [int(group.replace(b",", b"")) for group in found.groups()]
    return dict(zip(("allocations", "frees", "bytes_allocated"), numbers))


def check_with_memcheck(build, name):
    source, clean = harness.source_of(name)
    marks = harness.first_comment(source)
    expected = json.loads(marks["clean" if clean else "expect"])
    wanted = {key: value for key, value in expected.get("totals", {}).items()
              if key in ("allocations", "frees", "bytes_allocated")}
    if not wanted:
        return SKIPPED
    env = harness.environment_of(marks, build)
    base = memcheck_totals([build.programs / marks["over"]], env) if "over" in marks else {}
    command = [build.programs / name, *harness.words_of(marks, "args", build)]
    check_numbers("totals", wanted, less(memcheck_totals(command, env), base))
    return 0


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--memcheck", action="store_true")
    parser.add_argument("names", nargs="+")
    arguments = parser.parse_args()
    build = harness.Build(arguments.build)
    check = check_with_memcheck if arguments.memcheck else check_program
    status = 0
    for name in arguments.names:
        try:
            result = check(build, name)
            status = result if len(arguments.names) == 1 else status
        except Failure as failure:
            print(f"{name}: {failure}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
