"""The commits of history_project, gated one by one as a team would: with the baseline it keeps."""

import json
from dataclasses import dataclass

from harness import Failure, run
from heap_programs import track
from history_project import COMMITS, LABEL, RING, SESSION, Commit, git, make

JUDGED = ("lost", "possibly_lost", "cycle", "overdue", "mismatch")


@dataclass
class Step:
    """A commit, and what the gate said of it. `places`: the function of each fingerprint."""

    commit: Commit
    status: int
    found: set
    fingerprints: dict
    capture: object

    def is_right(self):
        return self.found == self.commit.expected and self.status == (0 if self.commit.passes() else 1)

    def told(self):
        listed = ", ".join(" ".join(each) for each in sorted(self.found)) or "nothing"
        return f"status {self.status}: {listed}"


def place_of(finding):
    """Which function of ours a finding is about; what is fixed has no stack, only a title."""
    text = finding["title"] + " ".join(frame["function"] or "" for frame in finding["stack"])
    for each in finding["stacks"]:
        text += " ".join(frame["function"] or "" for frame in each["frames"])
    named = [name for name in (LABEL, SESSION, f"ring::{RING}", f"ring<int>::{RING}",
                               f"ring<long>::{RING}") if name in text]
    return named[0].split("::")[-1] if named else finding["title"]


def gate(build, captures, baseline):
    """Status, {(state, kind, function)}, {(kind, function): fingerprint}; all that a report can say."""
    done = run([build.track, "gate", *captures, "--baseline", baseline, "-f", "json"])
    if done.status not in (0, 1):
        raise Failure(f"gate ended with {done.status}: {done.stderr.decode()}")
    findings = [each for each in json.loads(done.stdout)["findings"] if each["kind"] in JUDGED]
    return (done.status, {(each["state"], each["kind"], place_of(each)) for each in findings},
            {(each["kind"], place_of(each)): each["fingerprint"] for each in findings
             if each["state"] != "fixed"})


def walk(build, variant, repository, revisions, folder):
    """A step for each commit; what the team accepts is its baseline from then on."""
    folder.mkdir()
    baseline = folder / "leaks.txt"
    for number, (commit, revision) in enumerate(zip(COMMITS, revisions)):
        git(repository, "checkout", "-q", revision)
        program = make(repository, variant, folder / "out")
        capture = folder / f"{number}.track"
        done = run([build.track, "run", "--quiet", "-o", capture, "--", program])
        if done.status != 0:
            raise Failure(f"the shop ended with {done.status}: {done.stderr.decode()}")
        if number == 0:
            track(build, 0, "baseline", capture, "-o", baseline)
        yield Step(commit, *gate(build, [capture], baseline), capture)
        if commit.accepted:
            track(build, 0, "baseline", capture, "--update", baseline)
        if commit.drops_lines:
            track(build, 0, "baseline", capture, "--tighten", baseline)
        status, found, _ = gate(build, [capture], baseline)
        if commit.accepted and (status != 0 or {state for state, _, _ in found} - {"known", "fixed"}):
            raise Failure(f"{commit.message}: accepted, but then {status}: {found}")
