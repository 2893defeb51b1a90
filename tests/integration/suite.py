"""A suite with a killed test, one that cannot be recorded, death tests and a library that leaks: the
verdict of its one gate, with and without the allowances.
usage: suite.py BUILD [CASE…]
"""

from cases import case, expect, main
from heap_programs import track
from suite_project import Suite, in_state

PLAIN = 3
CALLS = PLAIN + 2 * 2  # each suite with a death test loads once in the test and once in the child
ALONE = {"suite.killed", "suite.untracked"}
ALLOWED = ("--allow-incomplete", "killed_before_still", "--expect", str(PLAIN + 3))


@case
def what_all_tests_share_is_one_finding_and_gaps_are_told_until_allowed(build, folder):
    suite = Suite(folder, PLAIN)
    suite.write(leaks_in_library=True)
    suite.make(build, ("--expect", str(PLAIN + 4)))
    failed, judged = suite.ctest()
    new = in_state(judged, "new")
    expect(len(new) == 1 and new[0][2] == CALLS and failed == ALONE | {"leaks"}, f"{failed}: {new}")
    track(build, 0, "baseline", suite.captures, "-o", suite.baseline)
    suite.make(build, ("--expect", str(PLAIN + 4)))
    failed, judged = suite.ctest()
    gaps = " ".join(judged["gaps"])
    expect(judged["verdict"] == "incomplete" and failed == ALONE | {"leaks"}, judged["verdict"])
    expect(len(judged["gaps"]) == 2 and "killed_before_still" in gaps and
           f"expected {PLAIN + 4} captures, there are {PLAIN + 3}" in gaps, gaps)
    suite.make(build, ALLOWED)
    failed, judged = suite.ctest()
    expect(judged["verdict"] == "pass" and failed == ALONE, f"{judged['verdict']}: {failed}")
    suite.write(leaks_in_library=True, leaking_case=2)
    suite.make(build, ALLOWED)
    failed, judged = suite.ctest()
    new = in_state(judged, "new")
    expect(len(new) == 1 and "case_2" in new[0][1] and failed == ALONE | {"leaks"}, f"{failed}: {new}")


if __name__ == "__main__":
    main()
