#!/usr/bin/env python3
"""Totals of real commands against memcheck's: at most 0.1 % of blocks differ."""

from pathlib import Path

import memcheck
from acceptance import real_commands, start

LIMIT_PERCENT = 0.1


def percent(ours, theirs):
    return 100.0 * abs(ours - theirs) / max(theirs, 1)


rows, build, scratch = start("totals", __doc__)
with scratch as folder:
    # A folder of its own: make and python3 note every file of the one they work in, our capture too.
    inputs = Path(folder) / "inputs"
    inputs.mkdir()
    for command in real_commands(inputs):
        theirs = memcheck.usage_of(command, folder)
        env = memcheck.environment_as_under(command)
        tracked = build.read(build.tracked(command.words, folder, env, cwd=command.cwd))
        tracked.capture.unlink()
        ours = [process["totals"] for process in tracked.report["processes"]
                if process["exit"]["kind"] != "execed" or process["totals"]["allocations"]]
        sums = {key: (sum(each[key] for each in ours), sum(each[1][key] for each in theirs))
                for key in ("allocations", "frees", "bytes_allocated")}
        worst = max(percent(*pair) for key, pair in sums.items() if key != "bytes_allocated")
        figure = (f"allocations {sums['allocations'][0]} / {sums['allocations'][1]}, "
                  f"frees {sums['frees'][0]} / {sums['frees'][1]}, "
                  f"bytes {sums['bytes_allocated'][0]} / {sums['bytes_allocated'][1]} "
                  f"(ours / memcheck's): {worst:.4f} % of blocks")
        rows.add(command.name, figure, bool(theirs) and worst <= LIMIT_PERCENT)
rows.end()
