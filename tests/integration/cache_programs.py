"""Programs of tests/programs/caches and caches_blind: built, run under `track run`, and what
`track caches` says of them compared with what they print themselves.
"""

import json
import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path

import harness

FOLDER = harness.ROOT / "tests" / "programs"
SECONDS_TO_BUILD = 300
# Entries as of the still may be off by what a step in flight does.
MOST_OFF = 0.02


@dataclass
class Variant:
    name: str
    c: str = "gcc -std=gnu11"
    cpp: str = "g++ -std=c++20"
    flags: str = "-O1 -g"


@dataclass
class Outcome:
    name: str
    flagged: bool  # as the program says
    truth: dict
    report: dict
    seconds: float = 0
    owners: list = field(default_factory=list)  # that are right

    def findings(self):
        """Of containers and growth that grow, not the runtimes'."""
        return [each for each in self.report["findings"]
                if each["kind"] in ("cache", "growth") and each["growth"] and
                each["growth"]["verdict"] == "growing"]

    def is_right(self):
        return bool(self.findings()) == self.flagged

    def named(self):
        """The finding that names the owner; None: there is none."""
        for each in self.findings():
            if each["cache"] and each["cache"]["owner"] in self.owners:
                return each
        return None

    def counts_agree(self):
        """Whether entries, insertions and evictions are the program's own; None: not comparable."""
        finding = self.named()
        if finding is None or "entries" not in self.truth:
            return None
        cache = finding["cache"]
        pairs = [(cache[key], self.truth[key]) for key in ("entries", "inserted", "evicted")
                 if cache[key] is not None and self.truth.get(key) is not None]
        return None if not pairs else all(abs(said - true) <= max(2, MOST_OFF * true) for said, true in pairs)

    def container_agrees(self):
        finding = self.named()
        wanted = self.truth.get("container")
        if finding is None or not wanted:
            return None
        return finding["cache"]["container"].split("<")[0].replace("__cxx11::", "") == wanted


def sources(folder):
    return sorted(each for each in (FOLDER / folder).iterdir() if each.suffix in (".c", ".cpp"))


def build_program(source, variant, clean, folder):
    words = shlex.split(variant.cpp if source.suffix == ".cpp" else variant.c)
    target = Path(folder) / (source.stem + ("_clean" if clean else ""))
    done = harness.run([*words, *shlex.split(variant.flags), *(["-DCLEAN"] if clean else []),
                        "-I", FOLDER, "-o", target, source, "-pthread"], seconds=SECONDS_TO_BUILD)
    if done.status != 0:
        raise harness.Failure(f"{source.name}: {done.stderr.decode(errors='replace')}")
    return target


def truth_of(output):
    line = next(line for line in reversed(output.decode().splitlines())
                if line.startswith("truth: "))
    return json.loads(line.removeprefix("truth: "))


def expectation_of(source, clean):
    """Whether it must be flagged, and owners that are right besides the one it prints."""
    marks = harness.first_comment(source)
    text = marks.get("clean" if clean else "expect")
    return json.loads(text) if text else {}


def ask(build, program, words=(), ms=None, options=()):
    """Runs a program and returns what it prints last, and the report of `track caches`."""
    capture = program.with_suffix(".track")
    env = dict(os.environ) | ({"PACE_MS": str(ms)} if ms else {})
    done = harness.run([build.track, "run", "--quiet", *options, "-o", capture, program, *words],
                       env=env, seconds=300)
    if done.status != 0:
        raise harness.Failure(f"{program.name} ended with {done.status}: {done.stderr[-500:]!r}")
    report = build.track_json("caches", capture)
    return truth_of(done.stdout), report


def judge(build, source, variant, clean, folder, ms=None):
    program = build_program(source, variant, clean, folder)
    wanted = expectation_of(source, clean)
    truth, report = ask(build, program, ms=ms)
    flagged = wanted.get("flagged", truth.get("flagged"))
    return Outcome(program.name, flagged, truth, report,
                   owners=[truth["owner"], *wanted.get("also", [])])
