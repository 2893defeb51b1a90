"""The GoogleTest listener on a suite of which it is known who leaks: under `track run` exactly those
fail, each with the function that allocated; without it those that leave tracked objects.
usage: gtest_leaks.py BUILD [CASE…]
"""

import json
import os
import re
import sys

from cases import case, expect, main
from harness import run

TESTS = 60
# Who leaks, and the function that its report must name.
MADE_BY = {
    "Blocks.leaks_a_block_of_new": "lose_by_new",
    "Blocks.leaks_a_block_of_malloc": "lose_by_malloc",
    "Blocks.leaks_an_array": "lose_array",
    "Blocks.leaks_what_realloc_moved": "lose_by_realloc",
    "Blocks.leaks_a_container": "lose_container",
    "Blocks.leaks_when_an_exception_passes": "lose_by_exception",
    "Blocks.leaks_in_a_thread": "lose_by_malloc",
    "Cycles.leaks_a_cycle_of_two": "lose_cycle",
    "Cycles.leaks_parent_and_children": "lose_family",
    "Cycles.leaks_a_closure_that_owns_itself": "lose_closure",
    "Members.leaks_what_the_fixture_forgets": "make_member",
    "From1To4/Numbered.is_taken/leaks": "lose_by_malloc",
    "Objects.leaks_an_object_that_is_watched": "keep_session",
    "Objects.leaks_an_object_that_is_counted": "keep_ticket",
    "Objects.leaks_an_object_of_a_container": "keep_numbers",
    "Objects.leaks_an_object_of_a_thread": "keep_ticket",
    "ProcessesDeathTest.leaks_in_the_parent": "lose_by_malloc",
    "Scopes.leaks_inside_a_scope": "lose_array",
    "Rounds.leaks_in_every_round": "lose_container",
}
LEAKY_SUITE = "LeakingSetUp"  # the twentieth: what it sets up
NOTICE = b"libtrack: no collector judges this program"
SEEDS = (1, 2, 3)
# A still takes every word for a pointer that looks like one: in one run of ten one of the twenty is
# held by chance, by what GoogleTest keeps of tests that failed before. Who does not leak must pass
# in every run.
TRIES = 4
FAILED_SUITE = re.compile(rb"^\[  FAILED  \] (\S+): SetUpTestSuite or TearDownTestSuite$", re.MULTILINE)


def leaves_an_object(test):
    return test in MADE_BY and test.startswith("Objects.")


class Results:
    """What GoogleTest says of a run: {test: text of its failures}, properties, suites that failed."""

    def __init__(self, outcome, report):
        self.outcome = outcome
        self.failed = {}
        self.tests = 0
        for suite in json.loads(report.read_text())["testsuites"]:
            for test in suite["testsuite"]:
                if test["status"] != "RUN":
                    continue
                self.tests += 1
                name = f"{suite['name']}.{test['name']}"
                if "failures" in test:
                    self.failed[name] = "\n".join(each["failure"] for each in test["failures"])
        self.failed_suites = {name.decode() for name in FAILED_SUITE.findall(outcome.stdout)}


def suite_run(build, folder, *words, tracked=True, env=None):
    program = build.folder / "bin" / "frameworks" / "gtest_leaks"
    report = folder / "results.json"
    report.unlink(missing_ok=True)
    command = [program, f"--gtest_output=json:{report}", *words]
    env = {key: value for key, value in os.environ.items() if not key.startswith("TRACK_")} | (env or {})
    if tracked:
        (folder / "it.track").unlink(missing_ok=True)
        outcome = build.tracked(command, folder, env=env).outcome
    else:
        outcome = run(command, env=env)
    expect(report.exists(), f"no results: {outcome.stderr.decode()}")
    return Results(outcome, report)


def no_false_alarm(results):
    wrong = {name: text for name, text in results.failed.items() if name not in MADE_BY}
    expect(not wrong, f"false alarms: {wrong}")
    expect(results.failed_suites <= {LEAKY_SUITE}, f"failed suites: {results.failed_suites}")


def all_found(results):
    return results.failed.keys() == MADE_BY.keys() and results.failed_suites == {LEAKY_SUITE}


def leaky_run(build, folder, *words, env=None):
    """The first run of a few in which chance hid nothing; none of them has a false alarm."""
    for _ in range(TRIES):
        results = suite_run(build, folder, *words, env=env)
        no_false_alarm(results)
        if all_found(results):
            break
    return results


def expect_the_leaky_ones(results):
    text = results.outcome.stdout.decode()
    expect(results.tests == TESTS, f"{results.tests} tests ran")
    no_false_alarm(results)
    missed = MADE_BY.keys() - results.failed.keys()
    expect(not missed, f"not found: {missed}; {results.outcome.stderr.decode()}")
    expect(results.failed_suites == {LEAKY_SUITE}, f"failed suites: {results.failed_suites}\n{text}")
    expect(results.outcome.status == 1, f"status {results.outcome.status}")
    for name, failure in results.failed.items():
        expect(MADE_BY[name] in failure, f"{name} does not name who allocated: {failure}")
    expect(NOTICE not in results.outcome.stderr, "the notice came though a collector judges")


@case
def exactly_those_that_leak_fail(build, folder):
    results = leaky_run(build, folder)
    expect_the_leaky_ones(results)
    text = results.outcome.stdout.decode()
    expect(re.search(r"LeakingSetUp leaks in what it sets up or tears down: .*\n(.*\n)*?.*lose_by_new",
                     text), "the suite's failure does not name who allocated")
    for name, failure in results.failed.items():
        if name.startswith("Cycles."):
            expect("reference cycle" in failure, f"{name} tells no cycle: {failure}")
        if leaves_an_object(name):
            expect("tracked object" in failure and ", type " in failure, f"{name}: {failure}")


@case
def order_does_not_matter(build, folder):
    for seed in SEEDS:
        expect_the_leaky_ones(
            leaky_run(build, folder, "--gtest_shuffle", f"--gtest_random_seed={seed}"))


@case
def a_repeated_run_finds_them_again(build, folder):
    results = leaky_run(build, folder, "--gtest_repeat=2")
    expect_the_leaky_ones(results)
    for name in MADE_BY:
        expect(results.outcome.stdout.count(f"\n{name} leaks: ".encode()) == 2 or
               name.startswith(("Rounds.", "Scopes.")), f"{name} was not told in each round")


@case
def what_leaks_in_every_round_is_told_in_the_last(build, folder):
    words = ("--gtest_also_run_disabled_tests", "--gtest_shuffle", "--gtest_random_seed=7")
    once = suite_run(build, folder, *words)
    expect("Once.DISABLED_builds_an_object" in once.failed, "an object that stays is not told")
    results = leaky_run(build, folder, *words, env={"LIBTRACK_GTEST_REPEAT": "3"})
    expect(results.failed.keys() == MADE_BY.keys(),
           f"after three rounds: {sorted(results.failed)}")
    expect("in each of 3 rounds" in results.failed["Blocks.leaks_a_block_of_new"],
           "the rounds are not told")
    told = results.outcome.stdout.count(b"\nBlocks.leaks_a_block_of_new leaks, ")
    expect(told == 1, f"told {told} times")


@case
def alone_it_finds_tracked_objects_and_says_that_it_checks_less(build, folder):
    results = suite_run(build, folder, tracked=False)
    expect(results.tests == TESTS, f"{results.tests} tests ran")
    expected = {name for name in MADE_BY if leaves_an_object(name)}
    expect(len(expected) == 4 and set(results.failed) == expected, f"failed: {sorted(results.failed)}")
    expect(not results.failed_suites, f"failed suites: {results.failed_suites}")
    expect(results.outcome.status == 1, f"status {results.outcome.status}")
    for name, failure in results.failed.items():
        expect(MADE_BY[name] in failure, f"{name} does not name who recorded: {failure}")
    expect(results.outcome.stderr.count(NOTICE) == 1, results.outcome.stderr.decode())


@case
def a_suite_without_leaks_passes(build, folder):
    results = suite_run(build, folder, "--gtest_filter=-*leaks*:LeakingSetUp*")
    expect(not results.failed and results.outcome.status == 0, results.outcome.stdout.decode())


if __name__ == "__main__":
    sys.exit(main())
