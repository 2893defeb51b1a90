#!/usr/bin/env python3
"""Stacks frame by frame against libgcc's, at every allocation of real programs and of small ones by
g++ and clang++; none of our own frames in any capture; inlined functions are there."""

import subprocess
from pathlib import Path

from acceptance import Command, harness, real_commands, start
from unwind_check import Checker, Compared

LIMIT_PERCENT = 0.01
LEAST_CAPTURES = 1_000_000
REDIS_REQUESTS = 60_000
PYTHON_LOAD = """
import json, re, threading
def load():
    for turn in range(12):
        rows = [{"id": i, "tags": ["a%d" % (i % 7)], "text": "x" * (i % 50)} for i in range(1500)]
        again = json.loads(json.dumps(rows))
        words = re.findall("[a-z]+[0-9]", " ".join(row["tags"][0] for row in again))
        sorted(again, key=lambda row: (row["text"], -row["id"]))
threads = [threading.Thread(target=load) for _ in range(3)]
[each.start() for each in threads]
[each.join() for each in threads]
"""
BENCH = harness.ROOT / "tests" / "bench" / "containers.cpp"
DEMO = harness.ROOT / "tests" / "programs" / "shapes" / "demo_leaky.cpp"
LEVELS = ("-O0", "-O1", "-O2", "-O3")
FRAME_POINTERS = ("-fno-omit-frame-pointer", "-fomit-frame-pointer")


def real_programs(folder):
    """Those that the recorder's point names, on inputs big enough."""
    chosen = [each for each in real_commands(folder) if each.name == "sqlite3 script"]
    source = Path(folder) / "in.cpp"
    source.write_text("#include <map>\n#include <regex>\n#include <string>\n"
                      "std::map<std::string, std::regex> all;\nint main() { return all.size(); }\n")
    python = {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"}
    return chosen + [
        Command("python3", ["/usr/bin/python3", "-c", PYTHON_LOAD], python, str(folder)),
        Command("clang++ -c", ["clang++", "-O1", "-c", "in.cpp", "-o", "in.o"], {}, str(folder))]


def add_row(rows, name, found, total):
    total.add(found)
    rows.add(name, f"{found.captures} captures, {found.frames} frames, {found.differing} differ, "
             f"{found.percent():.4f} %{''.join(found.examples[:2])}",
             found.captures > 0 and found.unmatched == 0 and found.percent() <= LIMIT_PERCENT)


def compiled(compiler, options, source, folder):
    program = Path(folder) / f"{compiler}-{source.stem}"
    subprocess.run([compiler, "-std=c++20", "-g", *options, source, "-o", program], check=True)
    return program


def small_programs(rows, checker, folder, total):
    for compiler in ("g++", "clang++"):
        for pointers in FRAME_POINTERS:
            together = Compared()
            for level in LEVELS:
                program = compiled(compiler, (level, pointers), BENCH, folder)
                together.add(checker.run(Command("", [program, "1"], {})))
            add_row(rows, f"{compiler} {LEVELS[0]} to {LEVELS[-1]} {pointers}", together, total)


def rows_of(build, capture, sql):
    return build.track_json("query", capture, sql)


def own_frames(rows, build, folder, commands):
    """Frames of the preload itself in captures, by module and by name."""
    for command in commands:
        tracked = build.tracked(command.words, folder, command.environment(), cwd=command.cwd)
        found = rows_of(build, tracked.capture,
                        "select count(distinct frame) as frames, count(distinct case when module "
                        "like '%libtrack%' or function like 'track::%' then frame end) as own "
                        "from v1_frames")[0]
        tracked.capture.unlink()
        rows.add(f"own frames: {command.name}", f"{found['own']} of {found['frames']} frames",
                 found["frames"] > 0 and found["own"] == 0)


def inlined_functions(rows, build, folder):
    """`open_session` and `write_log` of the demonstration are inlined into main at -O2."""
    for compiler in ("g++", "clang++"):
        program = compiled(compiler, ("-O2", "-w", "-I", DEMO.parents[1]), DEMO, folder)
        tracked = build.read(build.tracked([program], folder))
        stacks = [each["stack"] for each in tracked.survivors["findings"]]
        inlined = sorted({frame["function"].partition("(int")[0] for stack in stacks
                          for frame in stack if frame["inlined"] and frame["module"] and
                          Path(frame["module"]).name == program.name})
        rows.add(f"inlined: {compiler} -O2", ", ".join(inlined),
                 any("open_session" in name for name in inlined))


rows, build, scratch = start("stacks", __doc__)
with scratch as folder:
    checker, total = Checker(build, folder), Compared()
    commands = real_programs(folder)
    for command in commands:
        add_row(rows, command.name, checker.run(command), total)
    add_row(rows, "redis-server under redis-benchmark",
            checker.run_redis(folder, commands[0].environment(), REDIS_REQUESTS), total)
    small_programs(rows, checker, folder, total)
    rows.add("together", f"{total.captures} captures, {total.frames} frames, {total.percent():.5f} % "
             "differ", total.captures >= LEAST_CAPTURES and total.percent() <= LIMIT_PERCENT)
    own_frames(rows, build, folder, commands)
    inlined_functions(rows, build, folder)
rows.end()
