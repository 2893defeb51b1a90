#!/usr/bin/env python3
"""The class of each block of real commands against memcheck's: 99 % of blocks and bytes agree.

Both see the same environment, and first of all the same blocks alive at the end. Where sizes or
counts differ by themselves (hash seeds, sizes that the processor gives), what both have is compared.
One block may always differ: it can be more than a hundredth of few.
What memcheck says otherwise, and why, is in tests/programs/leaks/README.md, each by a fixture.
"""

from pathlib import Path

import memcheck_leaks
from acceptance import Command, git_history, harness, start, write_inputs
from graph_stream import CLASSES

GOAL_PERCENT = 99.0
SAME_BLOCKS_PERCENT = 99.0


def commands_in(folder):
    """One process each, small: memcheck runs them at a fiftieth of their speed."""
    write_inputs(folder)
    history = git_history(folder)
    (folder / "small.c").write_text("#include <stdlib.h>\nint main(void){return malloc(3)==0;}\n")
    (folder / "small.json").write_text('[1, {"a": [2, "three"]}]')
    (folder / "small.sql").write_text("create table t(a);insert into t values(1);select * from t;")
    (folder / "small.tcl").write_text(
        "for {set i 0} {$i < 9000} {incr i} {lappend l [string repeat x$i 20]}\nputs [llength $l]\n")
    cc1 = harness.run(["gcc", "-print-prog-name=cc1"]).stdout.decode().strip()
    python = {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"}
    lines = {
        "bash": ["/bin/bash", "--norc", "-c", "for i in {1..300}; do a[i]=x$i; done; echo ${#a[@]}"],
        "perl": ["/usr/bin/perl", "-e", "my %h; $h{$_} = [1..$_] for 1..50; "
                 "my $a = {}; $a->{me} = $a; print 1"],
        "python3": ["/usr/bin/python3", "-S", "-E", "-c",
                    "import json; print(len(json.dumps(list(range(99)))))"],
        "sqlite3": ["/usr/bin/sqlite3", ":memory:", ".read small.sql"],
        "cc1": [cc1, "-quiet", "-O1", "small.c", "-o", "/dev/null"],
        "xmllint": ["/usr/bin/xmllint", "--noout", "in.xml"],
        "jq": ["/usr/bin/jq", "-c", ".", "small.json"],
        "openssl": ["/usr/bin/openssl", "dgst", "-sha256", "in.xml"],
        "curl -V": ["/usr/bin/curl", "-V"],
        "gawk": ["/usr/bin/gawk", "{ c[$2] += $1 } END { print length(c) }", "in.txt"],
        "tclsh": ["/usr/bin/tclsh8.6", "small.tcl"],
        "gdb -batch": ["/usr/bin/gdb", "-nx", "-iex", "maint set worker-threads 0", "-batch",
                       "-ex", "print 1 + 2"],
        "ssh -V": ["/usr/bin/ssh", "-V"],
        "redis-server --version": ["/usr/bin/redis-server", "--version"],
        "man --version": ["/usr/bin/man", "--version"],
        "make": ["/usr/bin/make", "-f", "in.mk", "target1"],
        "clang-format": ["/usr/bin/clang-format", "small.c"],
        "vim --version": ["/usr/bin/vim", "--version"],
        "cmake --version": ["/usr/bin/cmake", "--version"],
        "troff": ["/usr/bin/troff", "-Tascii", "/dev/null"],
        "tar": ["/usr/bin/tar", "-cf", "/dev/null", "in.sql"],
        "sort": ["/usr/bin/sort", "-k2", "in.txt", "-o", "/dev/null"],
        "grep": ["/usr/bin/grep", "-cE", "word(1|2|3)+ [0-9]{3}$", "in.txt"],
        "readelf": ["/usr/bin/readelf", "-S", "/bin/true"],
        "file": ["/usr/bin/file", "in.xml"],
        "ps --version": ["/bin/ps", "--version"],
    }
    # man confines itself, unless it finds valgrind's preload.
    extra = {"python3": python, "perl": {"PERL_HASH_SEED": "0"},
             "man --version": {"MAN_DISABLE_SECCOMP": "1"}}
    return [Command(name, words, extra.get(name, {}), str(folder))
            for name, words in lines.items()] + [
        Command("git log", ["/usr/bin/git", "--no-pager", "log", "--oneline"],
                {"GIT_CONFIG_GLOBAL": "/dev/null"}, str(history))]


def compare(command, folder, preload):
    """{blocks, bytes: (agreeing, what both have, ours by class, memcheck's by class)}"""
    for old in folder.iterdir():
        old.unlink()
    theirs = memcheck_leaks.of_memcheck(command, folder)
    ours = memcheck_leaks.sites_of_still(memcheck_leaks.of_still(command, folder, preload))
    found = {}
    for what in ("blocks", "bytes"):
        mine, other = memcheck_leaks.total(ours, what), memcheck_leaks.total(theirs, what)
        found[what] = (memcheck_leaks.agreeing(ours, theirs, what),
                       min(sum(mine.values()), sum(other.values())), mine, other)
    return found


def share(part, whole):
    return 100.0 * part / whole if whole else 100.0


def side_by_side(mine, other):
    return ", ".join(f"{name} {mine[name]} / {other[name]}" for name in CLASSES
                     if mine[name] or other[name]) or "none"


def main():
    rows, build, scratch = start("memcheck's classes", __doc__)
    sums = {"blocks": [0, 0], "bytes": [0, 0]}
    with scratch as folder:
        inputs, stills = Path(folder) / "inputs", Path(folder) / "stills"
        inputs.mkdir()
        stills.mkdir()
        for command in commands_in(inputs):
            found = compare(command, stills, build.preload)
            for what, each in found.items():
                sums[what][0] += each[0]
                sums[what][1] += each[1]
            agreed = {what: share(each[0], each[1]) for what, each in found.items()}
            agreeing, both, mine, other = found["blocks"]
            same = share(both, max(sum(mine.values()), sum(other.values())))
            rows.add(command.name, f"blocks ours / memcheck's: {side_by_side(mine, other)}; "
                     f"same class {agreed['blocks']:.2f} % of blocks, {agreed['bytes']:.2f} % of bytes",
                     same >= SAME_BLOCKS_PERCENT and
                     (min(agreed.values()) >= GOAL_PERCENT or both - agreeing <= 1))
    agreed = {what: share(*pair) for what, pair in sums.items()}
    rows.add("all", f"{sums['blocks'][1]} blocks, {sums['bytes'][1]} bytes: same class "
             f"{agreed['blocks']:.3f} % of blocks, {agreed['bytes']:.3f} % of bytes",
             min(agreed.values()) >= GOAL_PERCENT)
    rows.end()


if __name__ == "__main__":
    main()
