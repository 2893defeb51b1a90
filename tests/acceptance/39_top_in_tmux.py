#!/usr/bin/env python3
"""`track top` in a terminal multiplexer: redis-server under load and a python3 that hoards, sorted by
each key, a still by key, another size of the screen, and a program that is killed while watched.
Screens are left in the build folder, under acceptance/top.
"""

import os
import re
import signal
import subprocess
import time
from pathlib import Path

from acceptance import harness, start

WAIT = 30
HOARDING = """
import sys, time
kept = []
print(flush=True)
while True:
    kept.append(bytearray(20000))
    time.sleep(0.002)
"""


class Tmux:
    """A server of its own, so that nobody's sessions are touched; ends with the block."""

    def __init__(self, folder, shots):
        self.socket, self.shots = str(Path(folder) / "tmux"), shots

    def __call__(self, *words):
        done = harness.run(["tmux", "-S", self.socket, "-f", "/dev/null", *words])
        if done.status != 0:
            raise harness.Failure(f"tmux {words[0]}: {done.stderr.decode()}")
        return done.stdout.decode()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        harness.run(["tmux", "-S", self.socket, "kill-server"])

    def screen(self):
        return self("capture-pane", "-p", "-t", "it")

    def shows(self, pattern, name):
        """Whether the screen shows it within a while; what it shows then is kept."""
        end = time.monotonic() + WAIT
        while True:
            text = self.screen()
            if re.search(pattern, text) or time.monotonic() > end:
                (self.shots / f"{name}.txt").write_text(text)
                return bool(re.search(pattern, text))
            time.sleep(0.1)


def watch(rows, tmux, build, name, pid, program):
    """One program from the first screen to its death."""
    def key(letter, pattern, what):
        tmux("send-keys", "-t", "it", letter)
        rows.add(f"{name}: key {letter}", what, tmux.shows(pattern, f"{name}_{letter}"))

    tmux("new-session", "-d", "-s", "it", "-x", "110", "-y", "30",
         f"{build.track} top {pid} --every 300ms; echo status=$?; sleep 100")
    rows.add(f"{name}: first screen", "bytes, blocks, a site's function",
             tmux.shows(r"(?m)^ *[\d.]+ [KMG]iB", f"{name}_first"))
    for letter, heading in (("k", "blocks"), ("g", "growth"), ("r", "rate"), ("b", "bytes")):
        key(letter, rf"(?i)\b{heading}\b", f"sorted by {heading}")
    key("s", r"(?i)still +\d+|still.*taken", "a still was taken")
    tmux("resize-window", "-t", "it", "-x", "60", "-y", "12")
    time.sleep(1)
    lines = tmux.screen().splitlines()
    (tmux.shots / f"{name}_small.txt").write_text("\n".join(lines))
    rows.add(f"{name}: 60 columns, 12 lines", f"{len(lines)} lines, longest "
             f"{max(map(len, lines))}", len(lines) <= 12 and max(map(len, lines)) <= 60)
    os.kill(pid, signal.SIGKILL)
    rows.add(f"{name}: killed while watched", "says so, ends with 0",
             tmux.shows(r"status=0", f"{name}_killed"))
    program.wait(WAIT)
    tmux("kill-session", "-t", "it")


def started(words, folder, capture, build, stdout=subprocess.PIPE):
    # pylint: disable-next=consider-using-with
    return subprocess.Popen([build.track, "run", "--quiet", "-o", capture, "--", *words],
                            stdin=subprocess.DEVNULL, stdout=stdout, cwd=folder)


def child_of(program):
    """The program that track runs."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        children = Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text().split()
        for child in children:
            # The other child collects.
            if Path(os.readlink(f"/proc/{child}/exe")).name != "track":
                return int(child)
        time.sleep(0.05)
    raise harness.Failure("track started nothing")


def main():
    rows, build, scratch = start("top in tmux", __doc__)
    shots = build.folder / "acceptance" / "top"
    shots.mkdir(parents=True, exist_ok=True)
    with scratch as folder, Tmux(folder, shots) as tmux:
        program = started(["/usr/bin/python3", "-c", HOARDING], folder, Path(folder) / "py.track",
                          build)
        program.stdout.readline()
        watch(rows, tmux, build, "python3", child_of(program), program)
        socket = Path(folder) / "redis.sock"
        program = started(["redis-server", "--port", "0", "--unixsocket", socket, "--save", "",
                           "--dir", folder], folder, Path(folder) / "redis.track", build,
                          subprocess.DEVNULL)
        end = time.monotonic() + WAIT
        while not socket.exists() and time.monotonic() < end:
            time.sleep(0.05)
        # pylint: disable-next=consider-using-with
        load = subprocess.Popen(["redis-benchmark", "-s", socket, "-q", "-n", "3000000", "-r",
                                 "1000000", "-t", "set"], stdout=subprocess.DEVNULL,
                                stderr=subprocess.DEVNULL)
        watch(rows, tmux, build, "redis-server", child_of(program), program)
        load.terminate()
        load.wait(WAIT)
    rows.end()


if __name__ == "__main__":
    main()
