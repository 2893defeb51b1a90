#!/usr/bin/env python3
"""However program, `track run` or both are killed, the capture has the counts and says incomplete."""

import os
import signal
import subprocess
import time
from pathlib import Path

from acceptance import harness, start

BLOCKS = 1000


class Running:
    """`track run` of the fixture `steady`, which has made its blocks and now waits."""

    def __init__(self, build, folder, name):
        self.capture = Path(folder) / f"{name}.track"
        self.process = subprocess.Popen(
            [build.track, "run", "--quiet", "-o", self.capture, "--", build.programs / "steady", "wait"],
            stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True, start_new_session=True)
        self.pid = int(self.process.stdout.readline().split()[1])

    def readable(self):
        """The capture, or what is left of it."""
        partial = Path(f"{self.capture}.partial")
        end = time.monotonic() + 20
        while not self.capture.exists() and time.monotonic() < end:
            time.sleep(0.05)
        return self.capture if self.capture.exists() else partial


def wait_gone(pid):
    end = time.monotonic() + 20
    while os.path.exists(f"/proc/{pid}") and time.monotonic() < end:
        time.sleep(0.02)


def judge(rows, build, name, capture):
    report = build.track_json("report", capture)
    process = report["processes"][0]
    live = process["totals"]["live_blocks"]
    state, reasons = process["quality"]["state"], [each["code"] for each in process["quality"]["reasons"]]
    rows.add(name, f"{live} of {BLOCKS} blocks, {state}: {', '.join(reasons)}",
             live == BLOCKS and state == "incomplete" and bool(reasons))


rows, build, scratch = start("death", __doc__)
with scratch as folder:
    run = Running(build, folder, "program")
    os.kill(run.pid, signal.SIGKILL)
    status = run.process.wait(60)
    judge(rows, build, f"SIGKILL of the program (track run ends by {-status})", run.readable())

    run = Running(build, folder, "track")
    os.kill(run.process.pid, signal.SIGKILL)
    run.process.wait(60)
    unharmed = os.path.exists(f"/proc/{run.pid}")
    os.kill(run.pid, signal.SIGTERM)
    wait_gone(run.pid)
    judge(rows, build, f"SIGKILL of track run (the program goes on: {unharmed})", run.readable())

    run = Running(build, folder, "group")
    # Two seconds is what a checkpoint may be late by; the blocks are older than that now.
    time.sleep(3)
    os.killpg(run.process.pid, signal.SIGKILL)
    run.process.wait(60)
    judge(rows, build, "SIGKILL of the whole process group", run.readable())

for name in ("exit_abort", "exit_assert", "exit_stack_overflow", "exit_in_thread", "exit_killed",
             "exit_raw", "exit_uncaught", "exit_immediate", "exit_quick"):
    done = harness.run(["python3", harness.ROOT / "tests" / "integration" / "programs.py", "--build",
                        build.folder, name])
    rows.add(name, done.stdout.decode().strip() or "as its first comment says", done.status == 0)
rows.end()
