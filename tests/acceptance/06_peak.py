#!/usr/bin/env python3
"""Peak bytes against massif and heaptrack within 1 %, the ten largest sites of the peak and the
temporary allocations against heaptrack."""

import re
from pathlib import Path

import heaptrack_file
from acceptance import Command, harness, real_commands, start

LIMIT_PERCENT = 1.0
CHOSEN = ("sqlite3 script", "python3 json", "xmllint", "jq", "perl")


def massif_peak(command, folder):
    out = Path(folder) / "massif"
    harness.run(["valgrind", "--tool=massif", "--peak-inaccuracy=0.0", "--heap-admin=0",
                 "--max-snapshots=10", "--depth=1", f"--massif-out-file={out}", *command.words],
                command.environment(), seconds=1800, cwd=command.cwd)
    return max(map(int, re.findall(r"mem_heap_B=(\d+)", out.read_text())))


def percent(ours, theirs):
    return 100.0 * abs(ours - theirs) / max(theirs, 1)


def largest(values):
    return sorted(values, reverse=True)[:10]


rows, build, scratch = start("peak", __doc__)
with scratch as folder:
    chosen = [each for each in real_commands(folder) if each.name in CHOSEN]
    chosen.append(Command("two summits", [build.programs / "peak"], {}))
    for command in chosen:
        tracked = build.tracked(command.words, folder, command.environment(), cwd=command.cwd)
        totals = harness.totals_of(build.track_json("report", tracked.capture))
        sites = build.track_json("sites", tracked.capture, "--by", "peak", "--limit", "100000")
        tracked.capture.unlink()
        massif, theirs = massif_peak(command, folder), heaptrack_file.run(command, folder)
        for name, peak in (("massif", massif), ("heaptrack", theirs.peak_bytes)):
            off = percent(totals["peak_bytes"], peak)
            rows.add(f"{command.name}: peak, {name}", f"{totals['peak_bytes']} / {peak}: {off:.3f} %",
                     off <= LIMIT_PERCENT)
        ours = largest(site["peak_bytes"] for site in sites["sites"])
        other = largest(theirs.peak_by_trace.values())
        worst = max((percent(a, b) for a, b in zip(ours, other)), default=0.0)
        of_peak = max((100.0 * abs(a - b) / theirs.peak_bytes for a, b in zip(ours, other)), default=0)
        rows.add(f"{command.name}: ten largest sites", f"{sum(ours)} / {sum(other)}, worst "
                 f"{worst:.3f} % of the site, {of_peak:.3f} % of the peak", len(ours) == len(other) and worst <= LIMIT_PERCENT)
        rows.add(f"{command.name}: temporary", f"{totals['temporary']} / {theirs.temporary} of "
                 f"{totals['allocations']} / {theirs.allocations} allocations",
                 totals["temporary"] == theirs.temporary)
rows.end()
