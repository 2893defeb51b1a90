#!/usr/bin/env python3
"""The corpus of leaks and cycles under the still, memcheck and LeakSanitizer side by side. Where one
of them says otherwise than the fixture's first comment, it must be as the comment's `memcheck:` or
`lsan:` line says. --write FILE puts the table between FILE's two `side by side` lines.
"""

import argparse
import functools
import json
import os
import re
from pathlib import Path

import leak_corpus
import memcheck_leaks
from acceptance import Rows, harness, write_table
from graph_stream import CLASSES
from leak_corpus import Variant

import leaks

PLAIN = Variant("plain", *leak_corpus.GCC, "-O1 -g")
SANITIZED = Variant("lsan", *leak_corpus.GCC, "-O1 -g -fsanitize=leak")
LSAN_SUM = re.compile(r"^(Direct|Indirect) leak of (\d+) byte\(s\) in (\d+) object", re.MULTILINE)
LETTERS = dict(zip(CLASSES, ("lost", "through it", "possibly", "reachable")))
COLUMNS = ("program", "libtrack", "memcheck", "LeakSanitizer", "why they differ")


def none_of():
    return {name: (0, 0) for name in CLASSES}


@functools.cache
def under_memcheck(program, words):
    """By class, the root process."""
    with harness.scratch() as folder:
        harness.run(["valgrind", *memcheck_leaks.OPTIONS, f"--log-file={folder}/%p", program, *words],
                    seconds=600)
        logs = [path.read_text(errors="replace") for path in sorted(Path(folder).iterdir())]
        root = [log for log in logs if f"Parent PID: {os.getpid()}" in log]
        sites = memcheck_leaks.sites_of_log(root[0])
    blocks, sizes = (memcheck_leaks.total(sites, what) for what in ("blocks", "bytes"))
    return {name: (blocks[name], sizes[name]) for name in CLASSES}


def under_lsan(program, words):
    """Direct and indirect leaks, all processes; what is reachable it does not tell."""
    env = {**os.environ, "LSAN_OPTIONS": "exitcode=0:max_leaks=0"}
    told = harness.run([program, *words], env).stderr.decode(errors="replace")
    if "LeakSanitizer has encountered a fatal error" in told:
        raise harness.Failure(f"LeakSanitizer does not work here: {told}")
    found = none_of()
    for kind, size, blocks in LSAN_SUM.findall(told):
        name = "definitely" if kind == "Direct" else "indirectly"
        found[name] = (found[name][0] + int(blocks), found[name][1] + int(size))
    return found


def lost_in_all(classes):
    """LeakSanitizer calls all members of a cycle indirect: sums are compared."""
    pairs = [classes.get(name, (0, 0)) for name in ("definitely", "indirectly")]
    size = None if None in (pairs[0][1], pairs[1][1]) else pairs[0][1] + pairs[1][1]
    return none_of() | {"definitely": (pairs[0][0] + pairs[1][0], size)}


def expectation(marks, tool):
    """What the tool is to say: its own line (null: it does not look), or what we say."""
    expected = json.loads(marks["expect"])
    if tool in marks:
        return json.loads(marks[tool]) or {}
    classes = dict(expected["classes"])
    if tool == "lsan":
        for child in expected.get("children", []):
            classes.update(child)
    return classes


def cell(found):
    return ", ".join(f"{found[name][0]} {LETTERS[name]}" for name in CLASSES if found[name][0]) or "-"


def compare(source, plain, sanitized, preload):
    """The table's line, and what is not as expected."""
    marks = harness.first_comment(source)
    words = tuple(word.replace("{bin}", str(plain)) for word in marks.get("args", "").split())
    base = plain / marks["over"]
    ours = leaks.over(leaks.run(preload, [plain / source.stem, *words], dict(os.environ)).root,
                      leaks.base_of(preload, base, words))
    memcheck = leaks.over(under_memcheck(plain / source.stem, words), under_memcheck(base, words))
    lsan_words = [word.replace(str(plain), str(sanitized)) for word in words]
    lsan = under_lsan(sanitized / source.stem, lsan_words)
    wrong = [*leaks.differences("memcheck", expectation(marks, "memcheck"), memcheck, True),
             *leaks.differences("LeakSanitizer", lost_in_all(expectation(marks, "lsan")),
                                lost_in_all(lsan), True)]
    return f"| {source.stem} | {cell(ours)} | {cell(memcheck)} | {cell(lsan)} | {marks.get('note', '')} |", wrong


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True)
    parser.add_argument("--write", type=Path)
    arguments = parser.parse_args()
    rows = Rows("side by side")
    preload = harness.Build(arguments.build).preload
    with harness.scratch() as folder:
        plain, sanitized = Path(folder) / "plain", Path(folder) / "lsan"
        for variant, binaries in ((PLAIN, plain), (SANITIZED, sanitized)):
            binaries.mkdir()
            leak_corpus.build(variant, binaries)
        lines, wrong = [], []
        for source in leak_corpus.sources():
            if ".plugin." not in source.name:
                line, complaints = compare(source, plain, sanitized, preload)
                lines.append(line)
                wrong += [f"{source.stem}: {complaint}" for complaint in complaints]
    rows.add("memcheck and LeakSanitizer", "; ".join([f"{len(lines)} programs", *wrong]), not wrong)
    if arguments.write:
        write_table(arguments.write, COLUMNS, lines)
    rows.end()


if __name__ == "__main__":
    main()
