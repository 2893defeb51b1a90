#!/usr/bin/env python3
"""What the series of sites cost: 10,000 busy sites over a week of simulated time. The capture's size,
the time of `track caches`, and what a look at all sites takes.
"""

import time
from pathlib import Path

from acceptance import harness, start

SITES = 10_000
WEEK = 7 * 24 * 3600
SECONDS = 1800


def main():
    rows, build, scratch = start("series of sites", __doc__)
    with scratch as folder:
        capture = Path(folder) / "week.track"
        done = harness.run([build.folder / "bin/series_bench", capture, str(SITES), str(WEEK)],
                           seconds=SECONDS)
        if done.status != 0:
            raise harness.Failure(done.stderr.decode())
        rows.add(f"{SITES} sites, a week", done.stdout.decode().strip(), None)
        rows.add("size of the capture", f"{capture.stat().st_size / 2**20:.1f} MiB", None)
        begin = time.monotonic()
        report = build.track_json("caches", capture)
        grown = sum(each["kind"] == "growth" for each in report["findings"])
        rows.add("track caches", f"{time.monotonic() - begin:.2f} s, {grown} of "
                 f"{SITES // 10} growing sites named", grown == SITES // 10)
    rows.end()


if __name__ == "__main__":
    main()
