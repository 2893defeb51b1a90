"""The heap graph of a still in a capture, read by tests/integration/graph_stream.py: by nothing of
the product but the tables of libtrack/capture/SCHEMA.md.
"""

import bisect
import sqlite3
import subprocess
from collections import defaultdict

from acceptance import harness
from graph_stream import Decoder


def unpacked(blob):
    return subprocess.run(["zstd", "-dcq"], input=blob, stdout=subprocess.PIPE, check=True).stdout


def decode(capture, still):
    connection = sqlite3.connect(f"file:{capture}?mode=ro", uri=True)
    try:
        chunks = connection.execute(
            "SELECT records FROM graph_chunks WHERE stream = (SELECT stream FROM stills "
            "WHERE id = ?) ORDER BY chunk", (still,)).fetchall()
    finally:
        connection.close()
    if not chunks:
        raise harness.Failure(f"{capture}: no graph of still {still}")
    return Decoder(b"".join(unpacked(blob) for (blob,) in chunks)).decode()


class Places:
    """Which block an address lies in."""

    def __init__(self, graph):
        self.blocks = graph.blocks
        self.starts = [block.address for block in graph.blocks]

    def at(self, address):
        """The block's number, or None."""
        found = bisect.bisect_right(self.starts, address) - 1
        if found < 0 or address - self.starts[found] >= max(self.blocks[found].size, 1):
            return None
        return found


def depths(graph):
    """By block: the fewest pointers that lead there from a root; None: none do."""
    outgoing = defaultdict(list)
    for edge in graph.edges:
        outgoing[edge.source].append(edge.target)
    found = [None] * len(graph.blocks)
    wave, depth = {edge.target for edge in graph.root_edges}, 1
    while wave:
        for block in wave:
            found[block] = depth
        wave = {target for block in wave for target in outgoing[block] if found[target] is None}
        depth += 1
    return found
