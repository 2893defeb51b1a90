#!/usr/bin/env python3
"""leaks.py --build DIR NAME…: runs fixtures of tests/programs/leaks with the preload alone and holds
the still that they leave, read by graph_stream.py, against the classes of their first comment.
"""

import argparse
import functools
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import graph_stream
import harness
from graph_stream import CLASSES
from harness import Failure


@dataclass
class Left:
    """What a program's processes left, by class: {class: (blocks, bytes)}."""

    status: int
    root: dict
    children: list
    at_leak_check: dict | None


def sums(still, with_inherited):
    """By class; blocks that a child inherited by fork are its parent's."""
    total = {name: [0, 0] for name in CLASSES}
    for block, name in zip(still.blocks, graph_stream.classes(still)):
        if with_inherited or block.site >= still.first_site:
            total[name][0] += 1
            total[name][1] += block.size
    return {name: tuple(pair) for name, pair in total.items()}


def stills_of(folder):
    """{pid: its stills, in order} of what ran under the preload."""
    found = {}
    for path in Path(folder).glob("*.graph"):
        stills = graph_stream.decode(path)
        if not stills or not all(still.ended for still in stills.values()):
            raise Failure(f"{path.name}: no whole still")
        found[int(path.name.split(".")[-2])] = [stills[key] for key in sorted(stills)]
    return found


def whole_stills_of(folder, pid, seconds=20):
    """The same, once the copy has ended that a leak check of `pid` made: it may outlive the program."""
    end = time.monotonic() + seconds
    while True:
        try:
            stills = stills_of(folder)
            if any(still.trigger == "leak_check" for still in stills.get(pid, [])):
                return stills
        except Failure:
            pass
        if time.monotonic() > end:
            return stills_of(folder)
        time.sleep(0.02)


def run(preload, command, env, has_check=False):
    with harness.scratch() as folder:
        env = {**env, "TRACK_DIR": folder, "LD_PRELOAD": str(preload)}
        with subprocess.Popen([str(word) for word in command], env=env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
            status = process.wait(timeout=harness.SECONDS_A_RUN)
        stills = whole_stills_of(folder, process.pid) if has_check else stills_of(folder)
        if process.pid not in stills:
            raise Failure(f"it left no still and ended with {status}")
        root = stills.pop(process.pid)
        checks = [still for still in root if still.trigger == "leak_check"]
        return Left(status, sums(root[-1], True),
                    [sums(each[-1], False) for _, each in sorted(stills.items())],
                    sums(checks[0], True) if checks else None)


@functools.cache
def base_of(preload, program, words):
    """What a program leaves that does nothing, or nothing but the frame of those over it."""
    env = {key: value for key, value in os.environ.items() if not key.startswith("TRACK_")}
    return run(preload, [program, *words], env).root


def differences(what, expected, actual, exact_bytes):
    """Complaints about classes; unnamed ones are expected empty, `null` is any number."""
    found = []
    for name in CLASSES:
        for index, unit in enumerate(("blocks", "bytes") if exact_bytes else ("blocks",)):
            want, have = expected.get(name, [0, 0])[index], actual[name][index]
            if want is not None and want != have:
                found.append(f"{what}: {have} {unit} {name}, expected {want}")
    return found


def over(actual, base):
    return {name: tuple(map(int.__sub__, actual[name], base[name])) for name in CLASSES}


def check(name, preload, programs, libcxx=False):
    """Raises Failure unless the fixture leaves what its first comment says. libcxx: it was built with
    libc++, whose blocks have other sizes."""
    exact_bytes = not libcxx
    source, clean = harness.source_of(name)
    marks = harness.first_comment(source)
    expected = json.loads(marks["clean" if clean else "expect"])
    words = [word.replace("{bin}", str(programs)) for word in marks.get("args", "").split()]
    env = {key: value for key, value in os.environ.items() if not key.startswith("TRACK_")}
    left = run(preload, [Path(programs) / name, *words], env, "at_leak_check" in expected)
    base = base_of(preload, Path(programs) / marks["over"], tuple(words))
    classes = expected["classes"]
    if libcxx and not clean:
        classes = json.loads(marks.get("libcxx", "null")) or classes
    wrong = differences("it leaves", classes, over(left.root, base), exact_bytes)
    if "at_leak_check" in expected and left.at_leak_check is None:
        wrong.append("no still when it asked for a check")
    elif "at_leak_check" in expected:
        wrong += differences("at its check it leaves", expected["at_leak_check"],
                             over(left.at_leak_check, base), exact_bytes)
    children = expected.get("children", [])
    if len(children) != len(left.children):
        wrong.append(f"{len(left.children)} children, expected {len(children)}")
    for want, have in zip(children, left.children):
        wrong += differences("a child leaves", want, have, exact_bytes)
    if left.status != expected["status"]:
        wrong.append(f"it ended with {left.status}")
    if wrong:
        raise Failure("; ".join(wrong))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("names", nargs="+")
    arguments = parser.parse_args()
    build = harness.Build(arguments.build)
    status = 0
    for name in arguments.names:
        try:
            check(name, build.preload, build.programs)
        except Failure as failure:
            print(f"{name}: {failure}")
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
