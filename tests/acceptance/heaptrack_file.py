"""What heaptrack saw of a program: peak, its largest sites, temporary allocations.

Reads the raw recording itself: heaptrack_print rounds, and heaptrack's own count of temporary
allocations compares kinds (size and stack) instead of addresses, and only with the very next event.
One block of 72,704 bytes is left out: the C++ runtime that heaptrack's library brings into C programs.
"""

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


RUNTIME_POOL_BYTES = 72704


def record(command, folder):
    """The raw recording's lines `+ SIZE TRACE ADDRESS` and `- ADDRESS`; numbers are hexadecimal."""
    for old in Path(folder).glob("heaptrack*"):
        old.unlink()
    harness.run(["heaptrack", "-r", "-o", f"{folder}/heaptrack", *command.words],
                command.environment(), seconds=1800, cwd=command.cwd)
    data = next(Path(folder).glob("heaptrack*"))
    unpack = ["zstd", "-dc"] if data.suffix == ".zst" else ["gzip", "-dc"]
    text = subprocess.run([*unpack, data], capture_output=True, text=True, check=True).stdout
    lines = [line.split() for line in text.splitlines() if line[:2] in ("+ ", "- ")]
    if has_runtime(command.words[0]):
        return lines
    return [words for words in lines
            if words[0] == "-" or int(words[1], 16) != RUNTIME_POOL_BYTES]


def has_runtime(program):
    """Whether a program loads the C++ runtime itself, and so has that block of its own."""
    listing = subprocess.run(["ldd", shutil.which(program)], capture_output=True, text=True,
                             check=False)
    return "libstdc++" in listing.stdout


def events_of(lines):
    """(address, size, trace) of allocations and (address, None, None) of frees that hit a block."""
    known = set()
    for words in lines:
        if words[0] == "+":
            known.add(words[3])
            yield words[3], int(words[1], 16), words[2]
        elif words[0] == "-" and words[1] in known:
            known.discard(words[1])
            yield words[1], None, None


def replay(lines):
    """Counts as the recorder defines them: temporary is freed before the next allocation."""
    seen = Seen()
    alive, last, live = {}, None, 0
    for address, size, _ in events_of(lines):
        if size is not None:
            alive[address] = size
            seen.allocations += 1
            live += size
            last = address
            seen.peak_bytes = max(seen.peak_bytes, live)
        else:
            live -= alive.pop(address)
            seen.temporary += address == last
            last = None if address == last else last
    return seen


def sites_at_peak(lines, peak):
    """Live bytes by trace at the first moment that reaches the peak."""
    alive, live_by_trace, live = {}, defaultdict(int), 0
    for address, size, trace in events_of(lines):
        if size is not None:
            alive[address] = (size, trace)
            live += size
            live_by_trace[trace] += size
            if live == peak:
                break
        else:
            gone, where = alive.pop(address)
            live -= gone
            live_by_trace[where] -= gone
    return dict(live_by_trace)


def run(command, folder):
    """Runs a command under heaptrack and replays what it recorded."""
    lines = record(command, folder)
    seen = replay(lines)
    seen.peak_by_trace = sites_at_peak(lines, seen.peak_bytes)
    return seen
