"""Runs programs under `track run` and reads back what it reports. Used by the integration tests and
the acceptance scripts. Nothing here outlives a test: every run has a limit and a folder of its own.
"""

import json
import os
import re
import shlex
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SECONDS_A_RUN = 300


@dataclass
class Outcome:
    """How a program ended. status: negative for a signal, as subprocess has it."""

    status: int
    stdout: bytes
    stderr: bytes


@dataclass
class Tracked:
    """A program's outcome under `track run`, and the reports of its capture."""

    outcome: Outcome
    capture: Path
    report: dict = field(default_factory=dict)
    survivors: dict = field(default_factory=dict)


class Failure(Exception):
    """Something is not as expected; the message says what."""


def run(command, env=None, seconds=SECONDS_A_RUN, cwd=None):
    done = subprocess.run(
        [str(word) for word in command], env=env, cwd=cwd, timeout=seconds,
        stdin=subprocess.DEVNULL, capture_output=True, check=False)
    return Outcome(done.returncode, done.stdout, done.stderr)


class Build:
    """A build folder: where `track`, the preload and the fixtures are."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.track = self.folder / "bin" / "track"
        self.programs = self.folder / "bin" / "programs"
        preloads = sorted(self.folder.rglob("libtrack_preload.so"))
        self.preload = preloads[0] if preloads else None

    def track_json(self, *words):
        done = run([self.track, *words, "-f", "json"])
        if done.status != 0:
            raise Failure(f"track {words[0]} ended with {done.status}: {done.stderr.decode()}")
        return json.loads(done.stdout)

    def tracked(self, command, folder, env=None, options=(), seconds=SECONDS_A_RUN, cwd=None):
        """Runs `command` under `track run --quiet`; waits for the capture of what outlives it."""
        capture = Path(folder) / "it.track"
        outcome = run([self.track, "run", "--quiet", *options, "-o", capture, "--", *command],
                      env=env, seconds=seconds, cwd=cwd)
        wait_for(capture, outcome)
        return Tracked(outcome, capture)

    def read(self, tracked):
        tracked.report = self.track_json("report", tracked.capture, "--limit", "1000000")
        tracked.survivors = self.track_json("survivors", tracked.capture, "--limit", "1000000")
        return tracked


def wait_for(capture, outcome, seconds=60):
    """The collector may go on after `track run` when a daemon remains."""
    end = time.monotonic() + seconds
    while not capture.exists():
        if time.monotonic() > end or outcome.status in (125, 126, 127):
            raise Failure(f"no capture {capture.name}; track run ended with {outcome.status}: "
                          f"{outcome.stderr.decode(errors='replace')}")
        time.sleep(0.05)


def scratch():
    return tempfile.TemporaryDirectory(prefix="track-test-")


def free_port():
    """A port of the loopback that nobody has just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def totals_of(report, process=0):
    return report["processes"][process]["totals"]


def sum_totals(report):
    """Totals over all processes of a report."""
    summed = {}
    for process in report["processes"]:
        for key, value in process["totals"].items():
            summed[key] = summed.get(key, 0) + (value or 0)
    return summed


def source_of(name):
    """The source of a fixture, and whether its clean twin is meant."""
    clean = name.endswith("_clean")
    stem = name[: -len("_clean")] if clean else name
    for suffix in ("c", "cpp"):
        found = sorted((ROOT / "tests" / "programs").glob(f"*/{stem}.{suffix}"))
        if found:
            return found[0], clean
    raise Failure(f"no fixture {name}")


def first_comment(source):
    """The marked lines of a fixture's first comment, by their word."""
    marks = {}
    words = ("expect|clean|over|args|env|flags|link|needs|builds|"
             "libcxx|memcheck|lsan|note|variants")
    for line in source.read_text().splitlines():
        if not line.startswith("//"):
            break
        match = re.match(rf"// ({words}): (.*)", line)
        if match:
            marks[match.group(1)] = match.group(2)
    return marks


def words_of(marks, key, build):
    return [word.replace("{bin}", str(build.programs)) for word in shlex.split(marks.get(key, ""))]


def environment_of(marks, build):
    env = {key: value for key, value in os.environ.items() if not key.startswith("TRACK_")}
    for word in words_of(marks, "env", build):
        name, _, value = word.partition("=")
        env[name] = value
    return env
