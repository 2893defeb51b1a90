#!/usr/bin/env python3
"""A suite of 100 tests under `ctest -j` with one baseline by the CMake function: one is killed, one
cannot be recorded, two have death tests, and a static library that all link leaks. What the gate says
with and without the allowances, and that the library's leak is one finding.
"""

from pathlib import Path

from acceptance import harness, start

from suite_project import DEEP_LEAK, SHALLOW_LEAK, Suite, in_state

PLAIN = 96
CALLS = PLAIN + 2 * 2  # each suite with a death test loads once in the test and once in the child
ALLOW = ("--allow-incomplete", "killed_before_still")
ALONE = {"suite.killed", "suite.untracked"}  # they fail by themselves


def told(failed, judged):
    new, gaps = in_state(judged, "new"), judged["gaps"]
    return (f"{judged['verdict']}, {len(new)} new"
            f"{''.join(f' ({name}: {blocks} blocks)' for _, name, blocks in new)}, "
            f"{len(gaps)} gaps, failed: {', '.join(sorted(failed))}")


def main():
    rows, build, scratch = start("suite", __doc__)
    with scratch as place:
        suite = Suite(Path(place), PLAIN)
        suite.write(leaks_in_library=True)
        suite.make(build, ("--expect", "100"))
        failed, judged = suite.ctest()
        new = in_state(judged, "new")
        rows.add("100 tests, no baseline", told(failed, judged),
                 judged["verdict"] == "fail" and len(new) == 1 and "copy_of" in new[0][1] and
                 new[0][2] == CALLS and len(judged["gaps"]) == 2 and failed == ALONE | {"leaks"})

        done = harness.run([build.track, "baseline", suite.captures, "-o", suite.baseline])
        lines = suite.baseline.read_text().splitlines()
        rows.add("baseline of it", f"status {done.status}, {len(lines) - 1} lines",
                 done.status == 0 and len(lines) == 2 and "killed" in done.stderr.decode())
        suite.make(build, ("--expect", "100"))
        failed, judged = suite.ctest()
        gaps = " ".join(judged["gaps"])
        rows.add("with the baseline", told(failed, judged),
                 judged["verdict"] == "incomplete" and len(judged["gaps"]) == 2 and
                 "killed_before_still" in gaps and "expected 100 captures, there are 99" in gaps and
                 failed == ALONE | {"leaks"})

        for name, words, verdict in (
                ("one allowance", (*ALLOW, "--expect", "100"), "incomplete"),
                ("the other", ("--expect", "99"), "incomplete"),
                ("both allowances", (*ALLOW, "--expect", "99"), "pass")):
            suite.make(build, words)
            failed, judged = suite.ctest()
            rows.add(name, told(failed, judged), judged["verdict"] == verdict and
                     failed == ALONE | ({"leaks"} if verdict != "pass" else set()))

        failed, judged = suite.ctest(skip="suite.plain_40$")
        rows.add("a test that does not run", told(failed, judged),
                 judged["verdict"] == "incomplete" and
                 "expected 99 captures, there are 98" in " ".join(judged["gaps"]))

        suite.write(leaks_in_library=True, more=DEEP_LEAK, leaking_case=17)
        suite.make(build, (*ALLOW, "--expect", "99"))
        failed, judged = suite.ctest()
        new, grown = in_state(judged, "new"), in_state(judged, "grown")
        rows.add("another leak of one test, and five times as many of the library's", told(failed, judged),
                 judged["verdict"] == "fail" and len(new) == 1 and "case_17" in new[0][1] and
                 len(grown) == 1 and grown[0][2] == 5 * CALLS and
                 failed == ALONE | {"leaks"})

        suite.write(leaks_in_library=True, more=SHALLOW_LEAK)
        suite.make(build, (*ALLOW, "--expect", "99"))
        failed, judged = suite.ctest()
        new = in_state(judged, "new")
        rows.add("a leak right behind what all tests call",
                 f"{judged['verdict']}, {len(new)} new, a fingerprint for each caller; "
                 f"remarks: {'; '.join(judged['remarks'])}",
                 judged["verdict"] == "fail" and {name for _, name, _ in new} == {"settings::load()"} and
                 any("settings::load" in remark for remark in judged["remarks"]))
    rows.end()


if __name__ == "__main__":
    main()
