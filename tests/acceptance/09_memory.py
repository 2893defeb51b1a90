#!/usr/bin/env python3
"""Resident memory that being recorded adds: at most 24 bytes a live block and 16 MiB, also with
300,000 sites."""

import subprocess
from pathlib import Path

from acceptance import harness, start

BYTES_A_BLOCK = 24
FIXED_MIB = 16
SHAPES = ((5_000_000, 1), (5_000_000, 5_000), (300_000, 300_000), (1_000, 1))


def resident(command):
    return int(harness.run(command, seconds=600).stdout) * 1024


rows, build, scratch = start("memory", __doc__)
with scratch as folder:
    program = Path(folder) / "live_nodes"
    subprocess.run(["g++", "-O2", "-g", harness.ROOT / "tests/bench/live_nodes.cpp", "-o", program],
                   check=True)
    for blocks, sites in SHAPES:
        command = [program, str(blocks), str(sites)]
        capture = Path(folder) / "it.track"
        added = resident([build.track, "run", "--quiet", "-o", capture, "--", *command]) - \
            resident(command)
        allowed = blocks * BYTES_A_BLOCK + (FIXED_MIB << 20)
        beyond_fixed = max(0, added - (FIXED_MIB << 20)) / blocks
        rows.add(f"{blocks} blocks, {sites} sites", f"+{added / 2**20:.1f} MiB, "
                 f"{beyond_fixed:.1f} bytes a block beyond {FIXED_MIB} MiB", added <= allowed)
rows.end()
