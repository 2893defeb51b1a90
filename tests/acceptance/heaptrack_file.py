"""What heaptrack saw of a program: peak, its largest sites, temporary allocations. Reads the
interpreted data file itself, because heaptrack_print rounds."""

import shutil
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from acceptance import harness


@dataclass
class Seen:
    allocations: int = 0
    temporary: int = 0
    peak_bytes: int = 0
    peak_by_trace: dict = field(default_factory=dict)


def record(command, folder):
    target = Path(folder) / "heaptrack"
    for old in Path(folder).glob("heaptrack*"):
        old.unlink()
    harness.run(["heaptrack", "-o", target, *command.words], command.environment(),
                seconds=1800, cwd=command.cwd)
    return next(Path(folder).glob("heaptrack*"))


def replay(lines):
    """Lines of the data file that matter: `a SIZE TRACE` defines a kind of allocation, `+ KIND` and
    `- KIND` are events; all numbers are hexadecimal."""
    seen = Seen()
    kinds, live_by_trace, last, live = [], defaultdict(int), None, 0
    for line in lines:
        if line[0] == "a":
            size, trace = line[2:].split()[:2]
            kinds.append((int(size, 16), trace))
        elif line[0] == "+":
            last = int(line[2:], 16)
            size, trace = kinds[last]
            seen.allocations += 1
            live += size
            live_by_trace[trace] += size
            if live > seen.peak_bytes:
                seen.peak_bytes = live
        elif line[0] == "-":
            kind = int(line[2:], 16)
            size, trace = kinds[kind]
            seen.temporary += kind == last
            last = None
            live -= size
            live_by_trace[trace] -= size
    return seen


def sites_at_peak(lines, peak):
    """Live bytes by trace at the first moment that reaches the peak."""
    kinds, live_by_trace, live = [], defaultdict(int), 0
    for line in lines:
        if line[0] == "a":
            size, trace = line[2:].split()[:2]
            kinds.append((int(size, 16), trace))
        elif line[0] in "+-":
            size, trace = kinds[int(line[2:], 16)]
            change = size if line[0] == "+" else -size
            live += change
            live_by_trace[trace] += change
            if live == peak:
                break
    return dict(live_by_trace)


def run(command, folder):
    """Runs a command under heaptrack and replays what it recorded."""
    data = record(command, folder)
    unpack = ["zstd", "-dc"] if data.suffix == ".zst" and shutil.which("zstd") else ["gzip", "-dc"]
    text = subprocess.run([*unpack, data], capture_output=True, text=True, check=True).stdout
    lines = [line for line in text.splitlines() if line and line[0] in "a+-"]
    seen = replay(lines)
    seen.peak_by_trace = sites_at_peak(lines, seen.peak_bytes)
    return seen
