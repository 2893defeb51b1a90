#!/usr/bin/env python3
"""Wall time as a multiple of native, beside heaptrack and LeakSanitizer in the same rounds."""

import statistics
import sys
import time
from pathlib import Path

from acceptance import harness, start

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "bench"))
import compare  # noqa: E402
import redis  # noqa: E402

ROUNDS = 5
START_GOAL_MS = 25
CHILD_GOAL_MS = 3
CHILDREN = 200


def milliseconds(command):
    start_time = time.monotonic()
    harness.run(command)
    return 1000 * (time.monotonic() - start_time)


def start_up(rows, build, folder):
    """What a run, and a child of a traced program, cost more than without."""
    run = [build.track, "run", "--quiet", "-o", Path(folder) / "it.track", "--"]
    loop = ["/bin/sh", "-c", f"i=0; while [ $i -lt {CHILDREN} ]; do /bin/true; i=$((i+1)); done"]
    figures = {"run": [], "child": []}
    for _ in range(2 * ROUNDS):
        figures["run"].append(milliseconds([*run, "/bin/true"]) - milliseconds(["/bin/true"]))
        figures["child"].append((milliseconds([*run, *loop]) - milliseconds(loop)) / CHILDREN)
    for name, goal in (("run", START_GOAL_MS), ("child", CHILD_GOAL_MS)):
        median, low, high = (pick(figures[name]) for pick in (statistics.median, min, max))
        rows.add("track run /bin/true" if name == "run" else f"a traced child ({CHILDREN} of sh)",
                 f"+{median:.1f} ms ({low:.1f}-{high:.1f}), goal +{goal} ms", median <= goal)


def child_resident(rows, build, folder):
    """The resident memory that being recorded adds to a child process."""
    command = ["/bin/sh", "-c", "grep VmRSS /proc/self/status; true"]
    kib = [int(harness.run(words).stdout.split()[1]) for words in (
        [build.track, "run", "--quiet", "-o", Path(folder) / "rss.track", "--", *command], command)]
    added = (kib[0] - kib[1]) / 1024
    rows.add("a traced child, resident", f"+{added:.1f} MiB, goal +4 MiB", added <= 4)


def comparison(rows, build):
    for result in compare.run(build.folder, ROUNDS, 1.0, []):
        ours = result["ratios"].get("track")
        cells = [f"{tool} {each['median']:.2f} ({each['low']:.2f}-{each['high']:.2f})"
                 for tool, each in result["ratios"].items() if tool != "native"]
        rows.add(result["workload"], f"{', '.join(cells)}; goal {result['goal']}; native "
                 f"{result['native_s']:.2f} s", ours is not None and ours["median"] <= result["goal"])


def throughput(rows, build):
    for operation, tools in redis.run(build.folder, ROUNDS).items():
        cells = [f"{tool} {median:.2f} ({low:.2f}-{high:.2f})"
                 for tool, (median, low, high) in tools.items() if tool != "native"]
        goal = redis.GOALS[operation]
        rows.add(f"redis-benchmark {operation}", f"{', '.join(cells)} of native; goal {goal}",
                 "track" in tools and tools["track"][0] >= goal)


rows, build, scratch = start("speed", __doc__)
with scratch as folder:
    start_up(rows, build, folder)
    child_resident(rows, build, folder)
    comparison(rows, build)
    throughput(rows, build)
rows.end()
