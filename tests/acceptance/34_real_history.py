#!/usr/bin/env python3
"""Consecutive commits of a real library, its tests under `track run`, judged by the baseline of the
first: nothing new where nothing came, and a leak that is put into the commit in the middle is one new
finding there and nowhere else. Needs a clone that somebody has, and how it is built and tested:

34_real_history.py --build BUILD --library-repository DIR --library-build 'sh build.sh {out}'
    --library-test '{out}/tests' --leak 'src/reader.cpp:bool reader::parse('

Both commands run in a working tree of each commit; {out} stays, so that a build may go on from the last.
The leak is --line, put behind the first line from TEXT on that ends with an opening brace.
"""

import argparse
import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from acceptance import Rows, harness

from history_walk import JUDGED

SECONDS_TO_BUILD = 1800


@dataclass
class Library:
    """Where its commits are checked out, and what is done there."""

    tree: Path
    out: Path
    build: str
    test: str

    def words(self, command):
        return [word.replace("{out}", str(self.out)) for word in shlex.split(command)]

    def git(self, *words):
        done = harness.run(["git", "-C", self.tree, *words])
        if done.status != 0:
            raise harness.Failure(f"git {words[0]}: {done.stderr.decode()}")
        return done.stdout.decode()


def must_build(library):
    done = harness.run(library.words(library.build), seconds=SECONDS_TO_BUILD, cwd=library.tree)
    if done.status != 0:
        raise harness.Failure(f"the build ended with {done.status}: {done.stderr.decode()[-2000:]}")


def put_leak(library, place, line):
    """`place`: FILE:TEXT."""
    file, _, text = place.partition(":")
    path = library.tree / file
    lines = path.read_text().splitlines(keepends=True)
    start = next(i for i, each in enumerate(lines) if text in each)
    brace = next(i for i in range(start, len(lines)) if lines[i].rstrip().endswith("{"))
    path.write_text("".join([*lines[: brace + 1], line + "\n", *lines[brace + 1:]]))


def judged(build, capture, baseline):
    done = harness.run([build.track, "gate", capture, "--baseline", baseline, "-f", "json"])
    if done.status not in (0, 1, 4):
        raise harness.Failure(f"gate ended with {done.status}: {done.stderr.decode()}")
    findings = [each for each in json.loads(done.stdout)["findings"] if each["kind"] in JUDGED]
    return done.status, findings


def gate_commit(build, library, folder, revision):
    """Status and findings of the gate at one working tree; the first one makes the baseline."""
    capture, baseline = folder / "it.track", folder / "leaks.txt"
    done = harness.run([build.track, "run", "--quiet", "-o", capture, "--",
                        *library.words(library.test)], cwd=library.tree)
    if done.status != 0:
        raise harness.Failure(f"the tests of {revision} ended with {done.status}: "
                              f"{(done.stdout + done.stderr)[-2000:].decode(errors='replace')}")
    if not baseline.exists():
        done = harness.run([build.track, "baseline", capture, "-o", baseline])
        if done.status != 0:
            raise harness.Failure(done.stderr.decode())
    return judged(build, capture, baseline)


def states_of(findings):
    sums = {}
    for each in findings:
        sums[each["state"]] = sums.get(each["state"], 0) + 1
    return ", ".join(f"{count} {state}" for state, count in sorted(sums.items())) or "nothing"


def walk(rows, build, library, arguments, folder):
    revisions = library.git("rev-list", "--first-parent", f"-{arguments.commits}", "--reverse",
                            arguments.revision).split()
    passed, alarms, sums = 0, [], []
    for number, revision in enumerate(revisions):
        library.git("checkout", "-q", "--force", revision)
        for place in arguments.known_leak:
            put_leak(library, place, arguments.line)
        must_build(library)
        status, findings = gate_commit(build, library, folder, revision)
        passed += status == 0
        sums.append(len(findings))
        for each in findings:
            if each["state"] not in ("known", "fixed"):
                alarms.append(f"{revision[:10]}: {each['state']} {each['kind']} {each['title']}")
                print(alarms[-1], file=sys.stderr)
        if number == len(revisions) // 2:
            put_leak(library, arguments.leak, arguments.line)
            must_build(library)
            status, findings = gate_commit(build, library, folder, revision)
            fresh = [each for each in findings if each["state"] == "new"]
            rows.add(f"a leak at commit {number + 1}",
                     f"status {status}: {states_of(findings)}" +
                     "".join(f"; {each['title']}" for each in fresh),
                     status == 1 and len(fresh) == 1 and fresh[0]["kind"] == "lost" and
                     not [each for each in findings if each["state"] == "grown"])
    rows.add(f"{len(revisions)} commits by the baseline of the first",
             f"{passed} pass; {sums[0]} to {sums[-1]} findings; "
             f"{'; '.join(alarms) or 'none new, moved, grown or changed'}",
             passed == len(revisions) and not alarms)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--library-repository", help="a clone; without one nothing is done")
    parser.add_argument("--library-build", help="compiles the library and its tests into {out}")
    parser.add_argument("--library-test", help="runs them")
    parser.add_argument("--revision", default="HEAD", help="the last of the commits")
    parser.add_argument("--commits", type=int, default=30)
    parser.add_argument("--leak", metavar="FILE:TEXT", help="where the commit in the middle leaks")
    parser.add_argument("--known-leak", metavar="FILE:TEXT", action="append", default=[],
                        help="where all of them do, for the baseline")
    parser.add_argument("--line", default="char* volatile forgotten = new char[24]; forgotten = nullptr;")
    arguments = parser.parse_args()
    rows = Rows("real history")
    if not arguments.library_repository:
        rows.add("commits of a real library", "skipped: needs a clone of one (--library-repository)", None)
        rows.end()
    with harness.scratch() as place:
        folder = Path(place)
        library = Library(folder / "tree", folder / "out", arguments.library_build,
                          arguments.library_test)
        library.out.mkdir()
        done = harness.run(["git", "clone", "-q", "--no-checkout", arguments.library_repository,
                            library.tree])
        if done.status != 0:
            raise harness.Failure(done.stderr.decode())
        walk(rows, harness.Build(arguments.build), library, arguments, folder)
    rows.end()


if __name__ == "__main__":
    main()
