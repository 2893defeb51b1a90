"""Decodes a still's stream (libtrack/ledger/graph_format.hpp) and sorts its blocks into memcheck's
classes. A second reading of the format, by nothing of the product: the tests hold `track` against it.
"""

import struct
from collections import defaultdict
from dataclasses import dataclass, field

FRAME = struct.Struct("<IHHQII")
FRAME_MAGIC = 0x46475254
LAST = 1
TRIGGERS = ("exit_begin", "exit_end", "interval", "request", "api", "leak_check")
ROOT_KINDS = ("registers", "stack", "tls", "segment", "mapping")
CLASSES = ("definitely", "indirectly", "possibly", "reachable")
IGNORED = 4  # a block flag


class Broken(Exception):
    """The stream is not what the format says."""


@dataclass
class Edge:
    source: int  # block, or root
    offset: int  # of the pointer within it
    target: int
    interior: int  # offset within the target
    heuristics: int

    @property
    def counts_as_start(self):
        return self.interior == 0 or self.heuristics != 0


@dataclass
class Block:
    address: int
    size: int
    site: int
    function: int
    flags: int
    age_ms: int
    thread: int
    type: int


@dataclass
class Root:
    kind: str
    start: int
    size: int
    thread: int


@dataclass
class Still:
    trigger: str = ""
    ended: bool = False  # the stream is whole
    threads: int = 0
    first_site: int = 0
    modules: list = field(default_factory=list)  # (start, end, path)
    types: list = field(default_factory=lambda: [None])  # (vtable, shape, mangled name)
    roots: list = field(default_factory=list)
    blocks: list = field(default_factory=list)
    edges: list = field(default_factory=list)
    root_edges: list = field(default_factory=list)
    counts: list = field(default_factory=list)  # (block, offset, use, weak, shape)
    notes: dict = field(default_factory=dict)
    totals: tuple = ()  # blocks, bytes, edges, root edges, microseconds


def payloads(data):
    """{(process, still): (payload, whole)} of a file of frames."""
    found = {}
    at = 0
    while at + FRAME.size <= len(data):
        magic, size, flags, process, still, _ = FRAME.unpack_from(data, at)
        if magic != FRAME_MAGIC:
            raise Broken(f"no frame at {at}")
        at += FRAME.size
        payload, whole = found.get((process, still), (bytearray(), False))
        payload += data[at:at + size]
        found[process, still] = payload, whole or bool(flags & LAST)
        at += size
    return found


class Decoder:
    """Reads the records of one still."""

    def __init__(self, payload):
        self.data = payload
        self.at = 0
        self.still = Still()
        self.address = 0
        self.readers = {1: self.begin, 2: self.module, 3: self.root, 4: self.root_edges,
                        5: self.type, 6: self.block, 7: self.edges, 8: self.counts, 9: self.note,
                        10: self.end}

    def byte(self):
        self.at += 1
        return self.data[self.at - 1]

    def number(self):
        value, shift = 0, 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def numbers(self, count):
        return tuple(self.number() for _ in range(count))

    def text(self):
        size = self.number()
        self.at += size
        return bytes(self.data[self.at - size:self.at]).decode(errors="replace")

    def decode(self):
        while self.at < len(self.data):
            record = self.byte()
            if record not in self.readers:
                raise Broken(f"record {record} at {self.at - 1}")
            self.readers[record]()
        return self.still

    def begin(self):
        _version, trigger, _moment, threads, _clock, first_site = (
            self.number(), self.byte(), *self.numbers(4))
        self.still.trigger = TRIGGERS[trigger]
        self.still.threads, self.still.first_site = threads, first_site

    def module(self):
        start, size, path = self.number(), self.number(), self.text()
        self.still.modules.append((start, start + size, path))

    def root(self):
        kind = ROOT_KINDS[self.byte()]
        self.still.roots.append(Root(kind, *self.numbers(3)))
        if kind == "tls":
            self.number()
        self.last_word, self.last_target = 0, 0

    def root_edges(self):
        self.still.root_edges += self.some_edges(self.number())

    def type(self):
        self.still.types.append((self.number(), self.byte(), self.text()))

    def block(self):
        self.address += self.number() * 8
        size, site, function = self.number(), self.number(), self.byte()
        self.still.blocks.append(Block(self.address, size, site, function >> 4, function & 15,
                                       *self.numbers(3)))
        self.last_word, self.last_target = 0, len(self.still.blocks) - 1

    def edges(self):
        self.still.edges += self.some_edges(len(self.still.blocks) - 1)

    def some_edges(self, source):
        found = []
        for _ in range(self.number()):
            word = self.last_word + self.number()
            value = self.number()
            zigzag = value >> 1
            target = self.last_target + ((zigzag >> 1) ^ -(zigzag & 1))
            inside, heuristics = (self.number(), self.byte()) if value & 1 else (0, 0)
            found.append(Edge(source, word * 8, target, inside, heuristics))
            self.last_word, self.last_target = word + 1, target
        return found

    def counts(self):
        self.still.counts.append((*self.numbers(4), self.byte()))

    def note(self):
        self.still.notes[self.byte()] = self.number()

    def end(self):
        self.still.totals = self.numbers(5)


def decode(path):
    """{(process, number): Still} of a .graph file."""
    found = {}
    for key, (payload, whole) in payloads(path.read_bytes()).items():
        found[key] = Decoder(payload).decode()
        found[key].ended = whole and bool(found[key].totals)
    return found


def classes(still):
    """The class of each block, as memcheck's manual (4.2.8) defines them."""
    outgoing = defaultdict(list)
    for edge in still.edges:
        outgoing[edge.source].append(edge)
    found = [None] * len(still.blocks)
    mark(found, "reachable", outgoing, [
        *(edge.target for edge in still.root_edges if edge.counts_as_start),
        *(at for at, block in enumerate(still.blocks) if block.flags & IGNORED)], True)
    mark(found, "possibly", outgoing, [
        *(edge.target for edge in still.root_edges),
        *(edge.target for edge in still.edges if found[edge.source] == "reachable")], False)
    for at in range(len(found)):
        if found[at] is None:
            found[at] = "definitely"
            mark_lost(found, outgoing, at)
    return found


def mark(found, name, outgoing, waiting, starts_only):
    while waiting:
        block = waiting.pop()
        if found[block] is None:
            found[block] = name
            waiting += (edge.target for edge in outgoing[block]
                        if edge.counts_as_start or not starts_only)


def mark_lost(found, outgoing, leader):
    """What a lost block reaches is lost through it, former leaders included."""
    waiting, seen = [leader], {leader}
    while waiting:
        for edge in outgoing[waiting.pop()]:
            if edge.target not in seen and found[edge.target] in (None, "definitely"):
                seen.add(edge.target)
                found[edge.target] = "indirectly"
                waiting.append(edge.target)


def sums(still, found=None):
    """{class: (blocks, bytes)}"""
    found = found or classes(still)
    total = {name: [0, 0] for name in CLASSES}
    for block, name in zip(still.blocks, found):
        total[name][0] += 1
        total[name][1] += block.size
    return {name: tuple(pair) for name, pair in total.items()}
