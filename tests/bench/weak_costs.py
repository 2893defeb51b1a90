#!/usr/bin/env python3
"""weak_costs.py --build DIR [--repetitions N] [--min-time S] [--json FILE]: what weak references cost,
as multiples of std's and Boost's in one run of weak_bench, beside the limits we keep.

Repetitions are interleaved at random, so that a slow minute of the machine touches each alike. Times
are medians of CPU time an operation, ratios are ratios of medians; with more threads than one all of
them do the operation, on objects of their own or on one map (whose lock is contended only as far as
the cores are free). Status 1 when a limit is exceeded.
"""

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

OURS = "track"


@dataclass
class Limit:
    """At most `times` the cost of `way`, or at most so many ns, or bytes; None: only shown."""

    operation: str
    way: str = ""
    times: float | None = None
    ns: float | None = None
    byte_count: int | None = None


LIMITS = (
    Limit("lock", "std", times=1.1),
    Limit("create_and_destroy", "std", times=2.5),
    Limit("make_and_destroy", "std", times=1.3),
    Limit("callback", ns=50),
    Limit("create_and_destroy", byte_count=24),
    Limit("held_when_dead", byte_count=64),
)
NAMES = {
    "lock": "lock()",
    "create_and_destroy": "create and destroy a reference",
    "make_and_destroy": "make and destroy an object",
    "callback": "register and unregister a callback",
    "callback_at_death": "object dies with a callback",
    "value_map_get": "map with weak values: get",
    "value_map_insert_and_erase": "map with weak values: insert, erase",
    "key_map_get": "map with weak keys: get",
    "set_contains": "weak set: contains",
    "cache_hit": "weak cache: a hit",
    "held_when_dead": "held by a dead object of 1 MiB",
}


def run(program, repetitions, min_time):
    """Google Benchmark's own entries, a repetition each."""
    done = subprocess.run(
        [str(program), "--benchmark_format=json", f"--benchmark_repetitions={repetitions}",
         "--benchmark_enable_random_interleaving=true", f"--benchmark_min_time={min_time}"],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
    return [entry for entry in json.loads(done.stdout)["benchmarks"]
            if entry["run_type"] == "iteration"]


def medians(entries):
    """{(operation, threads): {way: (ns, bytes or None)}}, in the order of NAMES."""
    times = {}
    order = list(NAMES)
    for entry in sorted(entries, key=lambda each: (order.index(each["run_name"].split("/")[0]),
                                                   each["threads"], each["family_index"])):
        operation, way = entry["run_name"].split("/")[:2]
        ways = times.setdefault((operation, entry["threads"]), {})
        ways.setdefault(way, []).append((entry["cpu_time"], entry.get("bytes")))

    def middle(values):
        known = [value for value in values if value is not None]
        return statistics.median(known) if known else None
    return {key: {way: tuple(map(middle, zip(*each))) for way, each in ways.items()}
            for key, ways in times.items()}


def judge(operation, ways):
    """(the limit's text, whether it is kept) for every limit of an operation."""
    ours_ns, ours_bytes = ways[OURS]
    for limit in LIMITS:
        if limit.operation != operation:
            continue
        if limit.times is not None:
            yield f"{limit.times} x {limit.way}", ours_ns <= limit.times * ways[limit.way][0]
        if limit.ns is not None:
            yield f"{limit.ns} ns", ours_ns <= limit.ns
        if limit.byte_count is not None:
            yield f"{limit.byte_count} bytes", ours_bytes <= limit.byte_count


def cells_of(operation, threads, ways):
    """Cells of a row of the table, and whether every limit is kept."""
    ours_ns, ours_bytes = ways[OURS]
    others = {way: values for way, values in ways.items() if way != OURS}
    if operation == "held_when_dead":
        ours = f"{ours_bytes:.0f} bytes"
        beside = [f"{way} {values[1]:,.0f}" for way, values in others.items()]
    else:
        ours = f"{ours_ns:.1f} ns" + (f", {ours_bytes:.0f} bytes" if ours_bytes else "")
        beside = [f"{way} {ours_ns / ns:.2f} x ({ns:.1f} ns)" for way, (ns, _) in others.items()]
    verdicts = list(judge(operation, ways))
    limits = ", ".join(f"{text} {'kept' if kept else 'EXCEEDED'}" for text, kept in verdicts)
    return ((NAMES[operation], str(threads), ours, ", ".join(beside), limits or "-"),
            all(kept for _, kept in verdicts))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--build", required=True, type=Path)
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--min-time", type=float, default=0.2, help="seconds of a repetition")
    parser.add_argument("--json", type=Path, help="also write the medians there")
    arguments = parser.parse_args()
    results = medians(run(arguments.build / "bin" / "weak_bench", arguments.repetitions,
                          arguments.min_time))
    print("| operation | threads | ours | ours as a multiple of | limit |\n|---|---|---|---|---|")
    kept = True
    for (operation, threads), ways in results.items():
        cells, fine = cells_of(operation, threads, ways)
        print("| " + " | ".join(cells) + " |")
        kept = kept and fine
    if arguments.json:
        arguments.json.write_text(json.dumps(
            [{"operation": operation, "threads": threads,
              "ways": {way: {"ns": ns, "bytes": size} for way, (ns, size) in ways.items()}}
             for (operation, threads), ways in results.items()], indent=1) + "\n")
    print("every limit is kept" if kept else "a limit is EXCEEDED")
    return 0 if kept else 1


if __name__ == "__main__":
    sys.exit(main())
