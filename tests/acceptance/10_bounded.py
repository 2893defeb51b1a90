#!/usr/bin/env python3
"""100 million churn pairs over 5,000 sites and 8 threads: a capture under 10 MiB, a report in under
a second."""

import time

from acceptance import harness, start

PAIRS = 100_000_000

rows, build, scratch = start("bounded", __doc__)
with scratch as folder:
    tracked = build.tracked([build.programs / "churn", "8", str(PAIRS)], folder, seconds=1800)
    size_mib = tracked.capture.stat().st_size / 2**20
    begin = time.monotonic()
    harness.run([build.track, "report", tracked.capture])
    seconds = time.monotonic() - begin
    totals = harness.totals_of(build.track_json("report", tracked.capture))
    sites = build.track_json("sites", tracked.capture, "--by", "allocations", "--limit", "1000000")
    rows.add(f"churn 8 {PAIRS}", f"{size_mib:.2f} MiB, {len(sites['sites'])} sites, "
             f"{totals['allocations']} allocations",
             size_mib < 10 and len(sites["sites"]) > 5000 and totals["allocations"] >= PAIRS)
    rows.add("track report", f"{seconds:.2f} s", seconds < 1)
rows.end()
