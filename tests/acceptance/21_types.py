#!/usr/bin/env python3
"""Types of heap blocks: how many of the bytes have one, in stripped programs with RTTI and in programs
with debug information, at the still with the most bytes; and 200 typed blocks held against the memory
of the process as gdb kept it at its end: the name behind the virtual table, or the type's size.
"""

import os
import random
import re
import sqlite3
import struct
from dataclasses import dataclass
from pathlib import Path

import capture_graph
from acceptance import harness, start

GOAL_STRIPPED_PERCENT, GOAL_DEBUG_PERCENT = 50.0, 90.0
SAMPLED = 200
POOL_BYTES = 72704  # libstdc++'s memory for exceptions in need
CORE_SECONDS = 240
# Keeps objects of many types to its end.
KEPT = r"""
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>
struct point { double x, y, z; };
struct shape { virtual ~shape() = default; int id = 1; };
struct named { virtual ~named() = default; std::string name = "a name too long for its own place"; };
struct circle : shape { point centre{}; double radius = 1; };
struct picture : shape, named { std::vector<point> points{9}; std::unique_ptr<shape> top; };
template <typename T> struct tree { T value{}; std::unique_ptr<tree> left, right; };
struct session : std::enable_shared_from_this<session> { std::map<int, std::string> words; };
struct everything {
  std::vector<std::unique_ptr<shape>> shapes;
  std::list<point> points;
  std::map<std::string, circle> circles;
  std::unordered_map<int, std::shared_ptr<session>> sessions;
  std::deque<tree<long>> trees;
  std::vector<std::function<int()>> actions;
  std::vector<std::vector<point>> grid;
};
everything* all;
int main() {
  all = new everything;
  for (int i = 0; i < 60; ++i) {
    all->shapes.push_back(std::make_unique<circle>());
    auto drawn = std::make_unique<picture>();
    drawn->top = std::make_unique<circle>();
    all->shapes.push_back(std::move(drawn));
    all->points.push_back({1, 2, 3});
    all->circles["circle with a rather long name " + std::to_string(i)].radius = i;
    auto made = std::make_shared<session>();
    made->words[i] = "words that need a block of their own";
    all->sessions[i] = made;
    all->trees.emplace_back().left = std::make_unique<tree<long>>();
    all->actions.emplace_back([made, many = point{1, 2, 3}] { return made ? int(many.x) : 0; });
    all->grid.emplace_back(i + 1);
  }
}
"""
IVL = "/usr/lib/x86_64-linux-gnu/ivl"


@dataclass
class Heap:
    graph: object
    typed: list  # by block
    sites: list  # by block: the capture's number

    def percent(self, wanted):
        """Of the bytes of wanted blocks."""
        total = typed = 0
        for block, has, site in zip(self.graph.blocks, self.typed, self.sites):
            if wanted(block, site):
                total += block.size
                typed += block.size if has else 0
        return 100.0 * typed / max(total, 1)


def inputs(at):
    (at / "in.v").write_text("".join(
        f"module m{i}(input [7:0] a, output reg [7:0] b); reg [7:0] c; always @(a) begin "
        f"c = a + {i}; if (c > 3) b = c * 2; else b = c ^ a; end endmodule\n" for i in range(800)) +
        "module top; reg [7:0] a;" + "".join(f" m{i} x{i}(a, );" for i in range(800)) + " endmodule\n")
    (at / "ivl.conf").write_text(
        f"basedir:{IVL}\nmodule:{IVL}/system.vpi\nout:out.vvp\ngeneration:2009\n")
    (at / "in.ledger").write_text("".join(
        f"2023/01/{1 + i % 28:02d} Shop {i}\n    Expenses:Food:F{i % 50}  ${i}.00\n    Assets:Cash\n\n"
        for i in range(8000)))
    (at / "in.scad").write_text(
        "for (j = [0:9]) for (i = [0:4000]) translate([i, 0, 0]) rotate([0, i, 0]) cube([1, 2, i + 1]);\n")
    (at / "kept.cpp").write_text(KEPT)
    harness.run(["g++", "-std=c++17", "-g", "-O1", at / "kept.cpp", "-o", at / "kept"])
    sources = at / "sources"
    sources.mkdir()
    for path in (harness.ROOT / "libtrack").glob("*/*.hpp"):
        (sources / f"{path.parent.name}_{path.name}").write_text(path.read_text())
    (at / "doxygen.cfg").write_text("INPUT = sources\nHAVE_DOT = NO\nQUIET = YES\nWARNINGS = NO\n"
                                    "GENERATE_LATEX = NO\n")


def programs(build, capture, at):
    """{name: (words, goal)}: no goal where a program's heap has few objects with virtual functions."""
    return {
        "doxygen, stripped": (["doxygen", "doxygen.cfg"], GOAL_STRIPPED_PERCENT),
        "ledger, stripped": (["ledger", "-f", "in.ledger", "register"], GOAL_STRIPPED_PERCENT),
        "openscad, stripped": (["env", "QT_QPA_PLATFORM=offscreen", "openscad", "-o", "out.csg",
                                "in.scad"], GOAL_STRIPPED_PERCENT),
        "ivl, stripped": ([f"{IVL}/ivl", "-C", "ivl.conf", "-C", f"{IVL}/vvp.conf", "--", "in.v"], None),
        "cppcheck, stripped": (["cppcheck", "--enable=all",
                                *sorted((harness.ROOT / "libtrack/symbols").glob("*.cpp"))], None),
        "many types, -g": ([at / "kept"], GOAL_DEBUG_PERCENT),
        "track report, -g": ([build.track, "report", capture], GOAL_DEBUG_PERCENT),
        "track sites, -g": ([build.track, "sites", capture], GOAL_DEBUG_PERCENT),
        "track export, -g": ([build.track, "export", capture, "-o", "out.folded"], GOAL_DEBUG_PERCENT),
    }


def heap_of(capture, still):
    """A block has a type by its virtual table, or by its site and size: from the capture's tables."""
    graph = capture_graph.decode(capture, still)
    connection = sqlite3.connect(f"file:{capture}?mode=ro", uri=True)
    ask = connection.execute
    (process,) = ask("SELECT process FROM stills WHERE id = ?", (still,)).fetchone()
    by_site = set(ask("SELECT site, bytes FROM site_types"))
    vtables = {address for (address,) in ask("SELECT address FROM vtables WHERE process = ?", (process,))}
    (packed,) = ask("SELECT sites FROM site_numbers WHERE process = ?", (process,)).fetchone()
    connection.close()
    numbers = [number for (number,) in struct.iter_unpack("<I", capture_graph.unpacked(packed))]
    by_table = [False] + [bool(mangled) or vtable in vtables for vtable, _, mangled in graph.types[1:]]
    sites = [numbers[block.site] if block.site < len(numbers) else 0 for block in graph.blocks]
    typed = [by_table[block.type] or (site, block.size) in by_site
             for block, site in zip(graph.blocks, sites)]
    return Heap(graph, typed, sites)


def own_sites(build, capture):
    """Sites whose innermost frame is in the program itself or the C++ runtime: the C libraries that it
    uses have no debug information."""
    told = harness.run([build.track, "query", capture, """
        SELECT DISTINCT s.site FROM v1_sites s JOIN v1_stacks k ON k.stack = s.stack AND k.position = 0
        JOIN v1_frames f USING (frame) WHERE f.module LIKE '%libstdc++%' OR f.module IN
        (SELECT exe FROM v1_processes)"""]).stdout.decode()
    return {int(line) for line in told.splitlines()[1:]}


def fullest_still(build, capture):
    done = harness.run([build.track, "query", capture,
                        "SELECT still FROM v1_stills ORDER BY bytes DESC LIMIT 1"])
    return int(done.stdout.split()[1])


def share(rows, build, name, words, goal, at):
    tracked = build.tracked(words, at, {**os.environ, "LC_ALL": "C"}, ["--snapshot-every", "100ms"],
                            cwd=at)
    heap = heap_of(tracked.capture, fullest_still(build, tracked.capture))
    total = sum(block.size for block in heap.graph.blocks)
    percent = heap.percent(lambda _block, _site: True)
    told = (f"{len(heap.graph.blocks)} blocks, {total} bytes: {percent:.1f} % of bytes typed, "
            f"{100.0 * sum(heap.typed) / max(len(heap.typed), 1):.1f} % of blocks")
    if name.endswith("-g"):
        own = own_sites(build, tracked.capture)
        percent = heap.percent(lambda block, site: site in own and block.size != POOL_BYTES)
        told += f"; {percent:.1f} % of what its own code allocates"
    rows.add(name, told, None if goal is None else percent >= goal)


def core_at_end(build, words, at):
    """Runs a program with the preload below gdb; its memory at exit_group, and its capture."""
    folder = at / "ledgers"
    folder.mkdir(exist_ok=True)
    for old in folder.iterdir():
        old.unlink()
    core, script = at / "core", at / "core.gdb"
    script.write_text("\n".join([
        "set pagination off", "set confirm off",
        f"set exec-wrapper env LD_PRELOAD={build.preload} TRACK_DIR={folder}",
        "handle all nostop noprint pass", "catch syscall exit_group", "run",
        f"generate-core-file {core}", "kill"]) + "\n")
    harness.run(["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-x", script, "--args",
                 *words], {**os.environ, "LC_ALL": "C"}, CORE_SECONDS, at)
    capture = at / "end.track"
    capture.unlink(missing_ok=True)
    done = harness.run([build.track, "collect", "--quiet", "-o", capture, folder])
    if done.status != 0 or not core.exists():
        raise harness.Failure(f"{words[0]}: no core or capture: {done.stderr.decode()}")
    return core, capture


class Core:
    """What gdb says of a process's memory at its end."""

    def __init__(self, program, core, at):
        self.program, self.core, self.script = program, core, at / "look.gdb"

    def ask(self, lines):
        """{key: the first line of its answer}"""
        text = "".join(f"echo @{key}@\n{line}\necho \\n\n" for key, line in lines.items())
        self.script.write_text("set pagination off\nset width 0\nset print elements 0\n" + text)
        # Each command stands alone: one that fails does not end the rest.
        commands = [word for line in self.script.read_text().splitlines() for word in ("-ex", line)]
        done = harness.run(["gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", *commands,
                            self.program, self.core], seconds=CORE_SECONDS)
        return dict(re.findall(r"@(\w+)@([^\n]*)", done.stdout.decode(errors="replace")))

    def words(self, addresses):
        told = self.ask({f"w{at}": f"output/x *(unsigned long*){at}" for at in addresses})
        return {int(key[1:]): int(value, 16) for key, value in told.items() if value.startswith("0x")}

    def type_names(self, tables):
        """{virtual table: demangled name of its type_info}"""
        infos = self.words([at - 8 for at in tables])
        names = self.words([infos[at - 8] + 8 for at in tables if infos.get(at - 8)])
        places = {at: names.get(infos.get(at - 8, 0) + 8) for at in tables}
        told = self.ask({f"s{place}": f"output (char*){place}" for place in places.values() if place})
        found = {}
        for at, place in places.items():
            text = re.search(r'"\*?([^"]+)"', told.get(f"s{place}", ""))
            if text:
                found[at] = harness.run(["c++filt", "-t", text.group(1)]).stdout.decode().strip()
        return found

    def sizes(self, names):
        keys = {f"z{i}": name for i, name in enumerate(sorted(names))}
        told = self.ask({key: f"output sizeof({name})" for key, name in keys.items()})
        return {keys[key]: int(value) for key, value in told.items() if value.isdigit()}


def plain(name):
    """Two spellings of one C++ name."""
    return re.sub(r"std::__cxx11::|\s", "", name).replace(
        "basic_string<char,std::char_traits<char>,std::allocator<char>>", "string")


def typed_sample(build, capture, count):
    """[(block, type, whether by its virtual table)]"""
    still = fullest_still(build, f"{capture}")
    heap = heap_of(capture, still)
    numbers = [number for number, has in enumerate(heap.typed) if has]
    chosen = random.Random(5).sample(numbers, min(count, len(numbers)))
    found = []
    for number in chosen:
        block = heap.graph.blocks[number]
        way = build.track_json("why", hex(block.address), f"{capture}@{still}")["ways"][0]
        found.append((block, way["path"][-1]["type"], block.type != 0))
    return found


def sample(rows, build, name, words, count, at):
    core, capture = core_at_end(build, words, at)
    blocks = typed_sample(build, capture, count)
    look = Core(words[0], core, at)
    first = look.words([block.address for block, _, by_table in blocks if by_table])
    named = look.type_names(sorted(set(first.values())))
    sizes = look.sizes({kind for _, kind, by_table in blocks if not by_table and kind})
    wrong, by_name, by_size, unknown = [], 0, 0, 0
    for block, kind, by_table in blocks:
        said = named.get(first.get(block.address)) if by_table else sizes.get(kind)
        if kind is None or said is None:
            unknown += 1
        elif by_table:
            by_name += 1
            # A control block or a container's node is shown as what it holds.
            if plain(said) != plain(kind) and plain(kind) not in plain(said):
                wrong.append(f"{kind}, gdb reads {said}")
        else:
            by_size += 1
            if block.size < said:
                wrong.append(f"{kind} of {said} bytes in a block of {block.size}")
    rows.add(f"sample of {name}", "; ".join([
        f"{len(blocks)} blocks: {by_name} by the name behind the table, {by_size} by size, "
        f"{unknown} gdb cannot tell, {len(wrong)} wrong", *wrong[:4]]),
        not wrong and by_name + by_size > 0)
    return by_name + by_size


def main():
    rows, build, scratch = start("types", __doc__)
    with scratch as folder:
        at = Path(folder)
        inputs(at)
        capture = at / "kept.track"
        harness.run([build.track, "run", "--quiet", "--no-graph", "-o", capture, "--", "doxygen",
                     "doxygen.cfg"], cwd=at)
        named = programs(build, capture, at)
        for name, (words, goal) in named.items():
            share(rows, build, name, words, goal, at)
        checked = sum(sample(rows, build, name, words, SAMPLED, at)
                      for name, words in (("ivl, stripped", named["ivl, stripped"][0]),
                                          ("many types, -g", [str(at / "kept")])))
        rows.add("samples", f"{checked} types checked", checked >= SAMPLED)
    rows.end()


if __name__ == "__main__":
    main()
