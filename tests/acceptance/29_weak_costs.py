#!/usr/bin/env python3
"""What weak references and records cost, std and Boost in the same run, beside the limits we keep."""

import json
import os

from acceptance import harness, start

SECONDS = 1800
TRACKING_LIMITS_NS = {"record/on": 120, "record/off": 2}


def weak_references(rows, build):
    done = harness.run(["python3", "-B", build.folder.parents[1] / "tests/bench/weak_costs.py",
                        "--build", build.folder], seconds=SECONDS)
    for line in done.stdout.decode().splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) != 5 or cells[0] in ("operation", "---"):
            continue
        operation, threads, ours, beside, limits = cells
        rows.add(f"{operation}, {threads} threads", f"{ours}; {beside}; {limits}",
                 None if limits == "-" else "EXCEEDED" not in limits)


def records(rows, build, folder):
    """The tracking allocator's records with stacks by the preload."""
    done = harness.run(
        [build.folder / "bin/tracking_bench", "--benchmark_format=json",
         "--benchmark_repetitions=5", "--benchmark_min_time=0.1",
         "--benchmark_report_aggregates_only=true",
         "--benchmark_filter=^(record|watch|object|block)/"], seconds=SECONDS,
        env=dict(os.environ) | {"LD_PRELOAD": str(build.preload), "TRACK_DIR": str(folder)})
    for entry in json.loads(done.stdout)["benchmarks"]:
        if entry["aggregate_name"] != "median":
            continue
        name = entry["run_name"]
        limit = next((ns for start_of, ns in TRACKING_LIMITS_NS.items()
                      if name.startswith(start_of)), None)
        rows.add(f"{name}, under the preload", f"{entry['cpu_time']:.1f} ns",
                 None if limit is None else entry["cpu_time"] <= limit)


def main():
    rows, build, scratch = start("costs of the API", __doc__)
    with scratch as folder:
        weak_references(rows, build)
        records(rows, build, folder)
    rows.end()


if __name__ == "__main__":
    main()
