#!/usr/bin/env python3
"""compare.py --build DIR [--rounds N] [--scale X] [WORKLOAD…]: wall time under track, heaptrack and
LeakSanitizer as multiples of native. All run in turn within each round, so that a slow minute of
the machine touches each alike; figures are ratios of medians, with the spread of the rounds.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import workloads

TOOLS = ("native", "track", "heaptrack", "lsan")


def wrap(tool, workload, build, folder):
    """The command line and environment of a workload under a tool; None where it cannot run."""
    env = dict(os.environ) | workload.env
    words = [str(word) for word in workload.words]
    if tool == "track":
        capture = Path(folder) / "it.track"
        # As LeakSanitizer is told: where the exit's analysis is no part of the question, none is made.
        stills = [] if workload.lsan_scans else ["--stills", "none"]
        return [str(build / "bin" / "track"), "run", "--quiet", *stills, "-o", str(capture), "--",
                *words], env
    if tool == "heaptrack":
        return ["heaptrack", "-o", f"{folder}/heaptrack", *words], env
    if tool == "lsan":
        env |= {"LSAN_OPTIONS": f"exitcode=0:detect_leaks={int(workload.lsan_scans)}"}
        if workload.lsan_program:
            return [str(workload.lsan_program), *words[1:]], env
        library = subprocess.run(["gcc", "-print-file-name=liblsan.so"], capture_output=True,
                                 text=True, check=True).stdout.strip()
        return words, env | {"LD_PRELOAD": library}
    return words, env


def seconds_of(tool, workload, build):
    """Wall time of one run; None when it does not end as it should."""
    with tempfile.TemporaryDirectory(prefix="track-bench-") as folder:
        words, env = wrap(tool, workload, build, folder)
        start = time.monotonic()
        done = subprocess.run(words, env=env, cwd=workload.cwd, stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
                              timeout=1800)
        taken = time.monotonic() - start
        return taken if done.returncode == 0 else None


def measure(workload, build, rounds, tools):
    times = {tool: [] for tool in tools}
    for _ in range(rounds):
        for tool in tools:
            if None not in times[tool]:
                times[tool].append(seconds_of(tool, workload, build))
    return {tool: taken for tool, taken in times.items() if taken and None not in taken}


def ratio(times, tool):
    """Ratio of medians, and of the fastest and slowest rounds to native's median."""
    native = statistics.median(times["native"])
    return {"median": statistics.median(times[tool]) / native,
            "low": min(times[tool]) / native, "high": max(times[tool]) / native}


def result_of(workload, times):
    ratios = {tool: ratio(times, tool) for tool in times}
    return {"workload": workload.name, "goal": workload.goal,
            "native_s": statistics.median(times["native"]), "ratios": ratios}


def line_of(result):
    cells = [f"{result['workload']:32}", f"native {result['native_s']:7.3f} s"]
    for tool in TOOLS[1:]:
        if tool in result["ratios"]:
            each = result["ratios"][tool]
            cells.append(f"{tool} {each['median']:5.2f} ({each['low']:.2f}-{each['high']:.2f})")
        else:
            cells.append(f"{tool} fails")
    return "  ".join(cells) + f"  goal {result['goal']}"


def run(build, rounds, scale, only, tools=TOOLS):
    """Results of the chosen workloads, as they come."""
    build = Path(build).resolve()
    present = [tool for tool in tools if tool != "heaptrack" or shutil.which("heaptrack")]
    with tempfile.TemporaryDirectory(prefix="track-bench-") as folder:
        for workload in workloads.all_of(Path(folder), scale):
            if only and not any(part in workload.name for part in only):
                continue
            yield result_of(workload, measure(workload, build, rounds, present))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--scale", type=float, default=1.0, help="size of the inputs")
    parser.add_argument("--json", help="also write the results there")
    parser.add_argument("--tools", default=",".join(TOOLS))
    parser.add_argument("only", nargs="*", help="parts of workload names; all without")
    arguments = parser.parse_args()
    results = []
    for result in run(arguments.build, arguments.rounds, arguments.scale, arguments.only,
                      arguments.tools.split(",")):
        print(line_of(result), flush=True)
        results.append(result)
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
