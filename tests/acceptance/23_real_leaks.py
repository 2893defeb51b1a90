#!/usr/bin/env python3
"""Leaks and a reference cycle in programs that nobody here wrote, found and explained by
`track report`, with the versions of their Debian packages. memcheck (for OpenSCAD, which does not start
under it, LeakSanitizer) says by itself that the blocks are lost. What the stack tells of each:

vvp        the scanner copies each name of the input by new[] and the parser forgets two of them
gvpr       parseProg, exparse and the scanner make a node each for the program text and keep none
dot        gvconfig reads its file config6a into one block (of the file's size and one) and forgets it
ivl        the code generator's root scopes and what Design::emit hands it are never deleted
nasm, swig the executables have no symbols: the same few places for all blocks, thousands in swig
OpenSCAD   a function literal owns the context in which it was written, and that context owns the
           function as the value of a variable: each call of the module leaves both
"""

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import memcheck_leaks
from acceptance import Command, harness, start

BYTES_ALIKE = 0.01  # paths and names of temporary files are among the contents
LSAN_LEAK = re.compile(r"^(?:Direct|Indirect) leak of (\d+) byte\(s\) in (\d+) object", re.MULTILINE)

SCAD = """
module part(size) {
  grow = function(n) n <= 0 ? size : grow(n - 1) + 1;
  cube(grow(3));
}
for (i = [1:30]) part(i);
"""
PLAIN_SCAD = """
function grow(size, n) = n <= 0 ? size : grow(size, n - 1) + 1;
module part(size) { cube(grow(size, 3)); }
for (i = [1:30]) part(i);
"""


@dataclass
class Leak:
    package: str
    words: list
    frames: list = field(default_factory=list)  # of one finding, innermost first; empty: any
    blocks: int | None = None  # of that finding, where they are known beforehand
    bytes: int | None = None


def programs(at):
    (at / "in.v").write_text(
        'module m; reg [3:0] a; initial begin a = 3; $display("%d", a); end endmodule\n')
    (at / "in.dot").write_text("digraph g { a -> b; b -> c; c -> a; a -> d; }\n")
    (at / "in.asm").write_text("section .text\nglobal f\nf: mov eax, 1\nret\n")
    (at / "in.i").write_text("%module small\n%{\n%}\nint add(int, int);\nstruct s { int n; };\n")
    harness.run(["iverilog", "-o", at / "in.vvp", at / "in.v"])
    ivl = "/usr/lib/x86_64-linux-gnu/ivl/ivl"
    (at / "ivl.conf").write_text("basedir:/usr/lib/x86_64-linux-gnu/ivl\n"
                                 "module:/usr/lib/x86_64-linux-gnu/ivl/system.vpi\n"
                                 "out:out.vvp\ngeneration:2009\nflag:VVP_EXECUTABLE=/usr/bin/vvp\n")
    config = Path("/usr/lib/x86_64-linux-gnu/graphviz/config6a").stat().st_size
    return {
        "vvp": Leak("iverilog", ["/usr/bin/vvp", "in.vvp"], ["yylex()", "yyparse()"], 2),
        "gvpr": Leak("libgvpr2", ["/usr/bin/gvpr", "N{print($.name)}", "in.dot"], ["parseProg", "gvpr"],
                     1),
        "dot": Leak("libgvc6", ["/usr/bin/dot", "-Tsvg", "in.dot", "-o", "out.svg"],
                    ["gmalloc", "gvconfig", "gvContextPlugins"], 1, config + 1),
        "ivl": Leak("iverilog", [ivl, "-C", "ivl.conf", "-C",
                                 "/usr/lib/x86_64-linux-gnu/ivl/vvp.conf", "--", "in.v"],
                    ["main"]),
        "nasm": Leak("nasm", ["/usr/bin/nasm", "-f", "elf64", "in.asm", "-o", "out.o"]),
        "swig": Leak("swig4.0", ["/usr/bin/swig4.0", "-python", "in.i"]),
    }


def version_of(package):
    done = harness.run(["dpkg-query", "-W", "-f", "${Version}", package])
    return f"{package} {done.stdout.decode()}"


def lost_of(build, capture):
    report = build.track_json("report", capture, "--limit", "100000", "--full-stacks")
    return [each for each in report["findings"] if each["kind"] in ("lost", "cycle")]


def names_of(finding):
    return [frame["function"] or "" for frame in finding["stack"]]


def has_frames(names, wanted):
    return all(any(name == each or name.startswith(each + "(") for name in names) for each in wanted)


def alike(one, other):
    return abs(one - other) <= BYTES_ALIKE * max(one, other)


def is_confirmed(finding, sites):
    """Whether memcheck calls as many blocks of this stack lost: by names, where the stack has some."""
    # Ours begin at the caller of the allocator.
    names = [name.split("(")[0] for name in names_of(finding)[:4] if name and name[0] != "_"]
    for site in sites:
        lost = {what: getattr(site, what)["definitely"] + getattr(site, what)["indirectly"]
                for what in ("blocks", "bytes")}
        if (lost["blocks"] == finding["blocks"] and alike(lost["bytes"], finding["bytes"]) and
                all(any(name in frame for frame in site.stack) for name in names)):
            return True
    return False


def check(rows, build, name, leak, at):
    command = Command(name, leak.words, {}, str(at))
    tracked = build.tracked(leak.words, at, command.environment(), cwd=at)
    sites = memcheck_leaks.of_memcheck(command, at)
    found = lost_of(build, tracked.capture)
    confirmed = [each for each in found if is_confirmed(each, sites)]
    named = [each for each in confirmed if has_frames(names_of(each), leak.frames) and
             (leak.blocks is None or each["blocks"] == leak.blocks) and
             (leak.bytes is None or each["bytes"] == leak.bytes)]
    ours = sum(each["blocks"] for each in confirmed)
    first = max(named, key=lambda each: each["bytes"], default=None)
    told = "none as expected" if first is None else (
        f"{first['title']}: " + " < ".join(each or "?" for each in names_of(first)[:4]))
    rows.add(f"{version_of(leak.package)}: {name}",
             f"{len(confirmed)} of {len(found)} findings are memcheck's too, {ours} blocks; {told}",
             bool(named) and 2 * len(confirmed) > len(found))


def lsan_counts(words, cwd):
    """{size of a block: how many are leaked} by LeakSanitizer, preloaded."""
    library = subprocess.run(["gcc", "-print-file-name=liblsan.so"], capture_output=True, text=True,
                             check=True).stdout.strip()
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LD_PRELOAD": library,
           "LSAN_OPTIONS": "exitcode=0"}
    told = harness.run(words, env, cwd=cwd).stderr.decode(errors="replace")
    counts = {}
    for size, blocks in LSAN_LEAK.findall(told):
        each = int(size) // int(blocks)
        counts[each] = counts.get(each, 0) + int(blocks)
    return counts


def openscad(rows, build, at):
    env = {**os.environ, "QT_QPA_PLATFORM": "offscreen"}
    cycles = {}
    for name, text in (("literal", SCAD), ("plain", PLAIN_SCAD)):
        (at / f"{name}.scad").write_text(text)
        words = ["/usr/bin/openscad", "-o", f"{name}.csg", f"{name}.scad"]
        capture = build.tracked(words, at, env, cwd=at).capture
        found = lost_of(build, capture)
        cycles[name] = [each for each in found if each["kind"] == "cycle"]
    if len(cycles["literal"]) != 1:
        rows.add(version_of("openscad"), f"{len(cycles['literal'])} cycles", False)
        return
    cycle = cycles["literal"][0]["cycle"]
    members = {each["type"]: each for each in cycle["members"] if each["type"]}
    edges = {(cycle["members"][each["from"]]["type"], cycle["members"][each["to"]]["type"])
             for each in cycle["edges"]}
    context = members.get("ModuleContext", {"bytes": 0, "count": 1})
    size = context["bytes"] // context["count"]
    leaked = lsan_counts(["/usr/bin/openscad", "-o", "literal.csg", "literal.scad"], at).get(size, 0)
    rows.add(f"{version_of('openscad')}: function literal",
             f"{cycles['literal'][0]['title']}; proven {cycle['proven']}; "
             f"edges {sorted(map(str, edges))}; LeakSanitizer: {leaked} leaked blocks of {size} bytes",
             cycle["proven"] and {"FunctionType", "ModuleContext"} <= members.keys() and
             ("FunctionType", "ModuleContext") in edges and leaked >= context["count"])
    rows.add(f"{version_of('openscad')}: the same by a plain function",
             f"{len(cycles['plain'])} cycles", not cycles["plain"])


def main():
    rows, build, scratch = start("real leaks", __doc__.splitlines()[0])
    with scratch as folder:
        at = Path(folder)
        for name, leak in programs(at).items():
            for old in at.glob("*.log"):
                old.unlink()
            check(rows, build, name, leak, at)
        openscad(rows, build, at)
    rows.end()


if __name__ == "__main__":
    main()
