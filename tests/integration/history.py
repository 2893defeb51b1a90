"""The gate over the commits of a small project, with the baseline that its team keeps.
usage: history.py BUILD [CASE…]
"""

from cases import case, expect, main
from history_project import COMMITS, Variant, make_repository
from history_walk import walk


@case
def the_gate_says_of_each_commit_what_came_moved_grew_and_went(build, folder):
    repository, revisions = make_repository(folder)
    steps = 0
    for step in walk(build, Variant("c++", "-O2"), repository, revisions, folder / "steps"):
        steps += 1
        expect(step.is_right(),
               f"{step.commit.message}: {step.told()}, expected {sorted(step.commit.expected)}")
    expect(steps == len(COMMITS) == len(revisions), f"{steps} steps")


if __name__ == "__main__":
    main()
