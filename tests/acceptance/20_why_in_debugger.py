#!/usr/bin/env python3
"""The paths of `track why` in running programs: 100 blocks each, spread over the depths, and every hop
read back by gdb from the stopped process. A hop holds when the word at its address points to or into
the block of the next hop, when it lies where it is said to (a named variable, a module, a stack above
the thread's stack pointer, a register) and when the path is as short as a search of our own finds.
"""

import os
import random
import re
import signal
import socket
import subprocess
import time
from collections import defaultdict
from contextlib import contextmanager
from pathlib import Path

import capture_graph
from acceptance import harness, start

BLOCKS_ASKED = 100
SPARE_BLOCKS = 20
RED_ZONE = 128
WAIT_SECONDS = 60
WORD = re.compile(r"^0x([0-9a-f]+)[^:]*:\s+0x([0-9a-f]+)$", re.MULTILINE)
SYMBOL = re.compile(r"^@(\d+)\n(\S+)(?: \+ (\d+))? in section ", re.MULTILINE)
PYTHON = r"""
import sys, collections, json
class Node:
    def __init__(self, depth):
        self.depth = depth
        self.names = ["name %d %d" % (depth, i) for i in range(9)]
        self.next = [Node(depth - 1) for i in range(3)] if depth else []
tree = Node(6)
table = {i: (str(i) * 3, [i + 0.5]) for i in range(3000)}
queue = collections.deque(bytearray(30) for i in range(500))
print("ready", flush=True)
sys.stdin.readline()
"""


def wait_until(condition, what):
    end = time.monotonic() + WAIT_SECONDS
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise harness.Failure(what)
        time.sleep(0.02)


class Piped:
    """A program that says `ready` and then waits for more input."""

    def __init__(self, words, first, env):
        self.words, self.first, self.env = words, first, env

    def begin(self, process):
        process.stdin.write(self.first.encode())
        process.stdin.flush()
        if b"ready\n" not in iter(process.stdout.readline, b""):
            raise harness.Failure(f"{self.words[0]} ended")


class Redis:
    """A server with keys of every kind, which answers a connection of ours."""

    def __init__(self):
        self.port = harness.free_port()
        self.words = ["/usr/bin/redis-server", "--port", str(self.port), "--bind", "127.0.0.1",
                      "--save", "", "--appendonly", "no", "--hz", "1"]
        self.env = {}

    def begin(self, _process):
        def connected():
            try:
                return socket.create_connection(("127.0.0.1", self.port), 5)
            except OSError:
                return None

        self.peer = wait_until(connected, "redis-server does not come up")
        self.peer.settimeout(WAIT_SECONDS)
        for i in range(300):
            for line in (f"SET key:{i} {'v' * (i % 90 + 1)}", f"HSET hash:{i} a {i} b {'x' * 99}",
                         f"RPUSH list:{i % 30} {'y' * 70} {i}", f"SADD set:{i % 20} member{i}",
                         f"ZADD zset:{i % 9} {i} member{i}"):
                self.ask(line)

    def ask(self, line):
        self.peer.sendall(line.encode() + b"\r\n")
        while not self.peer.recv(4096).endswith(b"\r\n"):
            pass


def programs():
    rows = "\n".join(f"insert into t values({i}, 'name {i * 7919 % 1000}', {i / 7});"
                     for i in range(1500))
    sql = (".mode list\ncreate table t(id integer primary key, name text, value real);\nbegin;\n"
           f"{rows}\ncommit;\ncreate index by_name on t(name);\n"
           "create view v as select name, count(*) c from t group by name;\n"
           "select 'ready' from t limit 1;\n")
    return {
        "redis-server": Redis(),
        "sqlite3": Piped(["/usr/bin/sqlite3", ":memory:"], sql, {}),
        "python3": Piped(["/usr/bin/python3", "-S", "-c", PYTHON], "",
                         {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"}),
    }


def first_row(build, capture, sql):
    done = harness.run([build.track, "query", capture, sql])
    lines = done.stdout.decode().splitlines()[1:]
    return lines[0] if lines else None


def allocate_once(pid):
    """A still is taken as the program allocates. A call by gdb lets it do so where it sleeps, and its
    stack is afterwards as it was."""
    harness.run(["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-p", str(pid),
                 "-ex", "handle all nostop noprint pass",
                 "-ex", "call ((void (*)(void*))free)(((void* (*)(unsigned long))malloc)(24))"])


@contextmanager
def stopped_with_a_still(build, program, capture):
    """Yields (pid, still) of the program, stopped as soon as it was quiet after the still."""
    partial = Path(f"{capture}.partial")
    process = subprocess.Popen(
        [str(word) for word in (build.track, "run", "--quiet", "--snapshot-every", "never", "-o",
                                capture, "--", *program.words)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, **program.env})
    pid = None
    try:
        program.begin(process)
        wait_until(partial.exists, "no capture")
        pid = int(wait_until(lambda: first_row(
            build, partial, "SELECT pid FROM v1_processes ORDER BY process DESC"), "no process"))
        asking = subprocess.Popen([build.track, "snapshot", str(pid)], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE)
        allocate_once(pid)
        told, complaint = asking.communicate(timeout=WAIT_SECONDS)
        os.kill(pid, signal.SIGSTOP)
        if asking.returncode != 0:
            raise harness.Failure(f"track snapshot: {complaint.decode()}")
        yield pid, int(told), partial
    finally:
        if pid:
            os.kill(pid, signal.SIGKILL)
        process.kill()
        process.communicate(timeout=WAIT_SECONDS)


def spread(graph, count):
    """Blocks at random, the same number of every depth as far as there are."""
    by_depth = defaultdict(list)
    for block, depth in enumerate(capture_graph.depths(graph)):
        if depth is not None:
            by_depth[depth].append(block)
    numbers = random.Random(3)
    for blocks in by_depth.values():
        numbers.shuffle(blocks)
    found = []
    while len(found) < count and any(by_depth.values()):
        found += [by_depth[depth].pop() for depth in sorted(by_depth) if by_depth[depth]]
    return found[:count]


class Debugger:
    """What gdb says of the process: words, registers, mappings, symbols."""

    def __init__(self, pid, folder):
        self.pid, self.script = pid, Path(folder) / "ask.gdb"

    def run(self, lines):
        self.script.write_text("\n".join(["set pagination off", "set width 0", *lines]) + "\n")
        done = harness.run(["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-p",
                            str(self.pid), "-x", self.script], seconds=240)
        return done.stdout.decode(errors="replace")

    def words(self, addresses):
        told = self.run([f"x/gx {address}" for address in addresses])
        return {int(at, 16): int(value, 16) for at, value in WORD.findall(told)}

    def threads(self):
        """{thread id: (stack pointer, values of registers)}"""
        told = self.run(["thread apply all -s info registers"])
        found = {}
        for part in re.split(r"^Thread \d+ \(", told, flags=re.MULTILINE)[1:]:
            thread = re.match(r".*?LWP (\d+)", part)
            values = [int(value, 16) for value in re.findall(r"^\w+\s+0x([0-9a-f]+)\s", part, re.M)]
            pointer = re.search(r"^rsp\s+0x([0-9a-f]+)", part, re.MULTILINE)
            if thread and pointer:
                found[int(thread.group(1))] = (int(pointer.group(1), 16), values)
        return found

    def symbols(self, addresses):
        """{address: (the variable that gdb finds there, offset in it)}"""
        asked = sorted(addresses)
        told = self.run(line for at in asked for line in (f"echo @{at}\\n", f"info symbol {at}"))
        return {int(at): (name, int(offset or 0)) for at, name, offset in SYMBOL.findall(told)}

    def module_bases(self):
        told = self.run(["info proc mappings"])
        found = {}
        for begin, path in re.findall(r"^\s+0x([0-9a-f]+)\s+0x\S+\s+0x\S+\s+0x\S+\s+\S*\s*(/\S+)", told, re.M):
            found.setdefault(os.path.basename(path), int(begin, 16))
        return found


class Reader:
    """Holds paths against the process."""

    def __init__(self, graph, gdb):
        self.places, self.depths, self.gdb = capture_graph.Places(graph), capture_graph.depths(graph), gdb
        self.threads, self.bases = gdb.threads(), gdb.module_bases()
        self.held, self.wrong, self.kinds = 0, [], defaultdict(int)

    def is_gone(self, path):
        """Whether the path begins in a frame of the call in which the still was taken."""
        root = path[0]
        pointer = self.threads.get(root.get("thread"), (0, []))[0]
        return root["kind"] == "stack" and root["address"] < pointer - RED_ZONE

    def look(self, ways):
        """ways: {block: path}"""
        addresses = {step["address"] for path in ways.values() for step in path[:-1]
                     if step["address"] is not None}
        self.words = self.gdb.words(sorted(addresses))
        self.symbols = self.gdb.symbols({path[0]["address"] for path in ways.values()
                                         if path[0].get("name")})
        for block, path in ways.items():
            self.look_at(block, path)

    def look_at(self, block, path):
        for hop, step in enumerate(path[:-1]):
            complaint = self.of_hop(step, path[hop + 1]["address"])
            complaint = complaint or (self.of_root(step) if hop == 0 else None)
            self.held += complaint is None
            if complaint:
                self.wrong.append(f"block {block}, hop {hop}: {complaint}")
        self.kinds[path[0]["kind"] + (" with name" if path[0].get("name") else "")] += 1
        if self.places.at(path[-1]["address"]) != block:
            self.wrong.append(f"block {block}: the path ends elsewhere")
        if len(path) - 1 != self.depths[block]:
            self.wrong.append(f"block {block}: {len(path) - 1} hops, a search finds {self.depths[block]}")

    def of_hop(self, step, next_address):
        """What is wrong with a hop whose target holds (or is) next_address."""
        target = self.places.at(next_address)
        if step["kind"] == "register":
            values = self.threads.get(step["thread"], (0, []))[1]
            return None if any(self.places.at(value) == target for value in values) else "no register"
        word = self.words.get(step["address"])
        if word is None:
            return f"gdb cannot read {step['address']:#x}"
        return None if target is not None and self.places.at(word) == target else (
            f"{step['kind']} {step['address']:#x} holds {word:#x}, no pointer to {next_address:#x}")

    def of_root(self, step):
        address = step["address"]
        if step["kind"] != "global":
            return None
        if self.places.at(address) is not None:
            return "a global variable inside a block"
        if address in self.symbols:
            told = self.symbols[address]
            named = re.sub(r"\.\d+$", "", step["name"])  # gdb may know a local static by its own name
            return None if told in ((step["name"], step["offset"]), (named, step["offset"])) else (
                f"{step['name']} +{step['offset']}, gdb has {told[0]} +{told[1]}")
        if step.get("module") and not step.get("name"):
            told = self.bases[step["module"]] + step["offset"]
            return None if told == address else f"{step['module']} +{step['offset']:#x} is {told:#x}"
        return None


def check(rows, build, name, program, folder):
    capture = Path(folder) / f"{name}.track"
    with stopped_with_a_still(build, program, capture) as (pid, still, partial):
        graph = capture_graph.decode(partial, still)
        reader = Reader(graph, Debugger(pid, folder))
        ways, gone = {}, 0
        for block in spread(graph, BLOCKS_ASKED + SPARE_BLOCKS):
            told = build.track_json("why", hex(graph.blocks[block].address), f"{partial}@{still}")
            path = told["ways"][0]["path"]
            if reader.is_gone(path):
                gone += 1
            elif len(ways) < BLOCKS_ASKED:
                ways[block] = path
        reader.look(ways)
    deepest = max(len(path) - 1 for path in ways.values())
    kinds = ", ".join(f"{count} from {kind}" for kind, count in sorted(reader.kinds.items()))
    rows.add(name, "; ".join([
        f"{len(ways)} of {len(graph.blocks)} blocks, up to {deepest} hops deep ({kinds}): "
        f"{reader.held} hops hold, {len(reader.symbols)} names known to gdb, "
        f"{len(reader.wrong)} wrong, {gone} blocks passed over: held by the call that took the still", *reader.wrong[:5]]),
        not reader.wrong and len(ways) == BLOCKS_ASKED)


def main():
    rows, build, scratch = start("why, in a debugger", __doc__)
    with scratch as folder:
        for name, program in programs().items():
            check(rows, build, name, program, folder)
    rows.end()


if __name__ == "__main__":
    main()
