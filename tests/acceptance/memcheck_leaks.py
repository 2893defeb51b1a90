"""memcheck's classes of a command's blocks, and our still of the same command, to be compared."""

import os
import re
import subprocess
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import memcheck
from acceptance import harness

import graph_stream
from graph_stream import CLASSES

NAMES = {"definitely lost": "definitely", "indirectly lost": "indirectly",
         "possibly lost": "possibly", "still reachable": "reachable"}
RECORD = re.compile(r"==\d+== ([\d,]+) (?:\(([\d,]+) direct, [\d,]+ indirect\) )?bytes in ([\d,]+) "
                    r"blocks are (\w+ \w+) in loss record")
FRAME = re.compile(r"==\d+==    (?:at|by) (0x[0-9A-F]+: .*)")
OPTIONS = ["--tool=memcheck", "--leak-check=full", "--show-leak-kinds=all", "--leak-resolution=high",
           "--run-libc-freeres=no", "--run-cxx-freeres=no", "--default-suppressions=no",
           "--undef-value-errors=yes", "--num-callers=100"]


@dataclass
class Site:
    """Blocks of one call path, by class."""

    stack: tuple = ()
    blocks: dict = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))
    bytes: dict = field(default_factory=lambda: dict.fromkeys(CLASSES, 0))

    def add(self, name, blocks, size):
        self.blocks[name] += blocks
        self.bytes[name] += size

    @property
    def size(self):
        return sum(self.blocks.values()), sum(self.bytes.values())


def number(text):
    return int(text.replace(",", ""))


def sites_of_log(text):
    """The loss records of a memcheck log, those of one stack together."""
    sites = defaultdict(Site)
    record, frames = None, []
    for line in [*text.splitlines(), ""]:
        frame = FRAME.match(line)
        if record and frame:
            frames.append(frame.group(1))
            continue
        if record:
            size, direct, blocks, kind = record.groups()
            site = sites[tuple(frames)]
            site.stack = tuple(frames)
            site.add(NAMES[kind], number(blocks), number(direct or size))
        record, frames = RECORD.match(line), []
    return list(sites.values())


def of_memcheck(command, folder):
    log = Path(folder) / "memcheck.log"
    harness.run(["valgrind", *OPTIONS, f"--log-file={log}", *command.words],
                memcheck.environment_of(command), seconds=1800, cwd=command.cwd)
    return sites_of_log(log.read_text(errors="replace"))


def environment_as_under(command, preload, folder):
    """What the command sees under valgrind, and our preload. LD_PRELOAD gets as much more as
    valgrind's is long: we hide ours from the program, and shells copy their environment."""
    env = memcheck.environment_as_under(command)
    if "XX_LIBRARY_PATH" in env:
        env["LD_LIBRARY_PATH"] = env.pop("XX_LIBRARY_PATH")
    filler = ":" * (1 + len(env.pop("XX_PRELOAD", "")))
    return env | {"LD_PRELOAD": f"{preload}{filler}", "TRACK_DIR": str(folder)}


def of_still(command, folder, preload):
    """The last still of the command's own process, by a plain preload."""
    env = environment_as_under(command, preload, folder)
    with subprocess.Popen([str(word) for word in command.words], env=env, cwd=command.cwd,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE) as process:
        process.communicate(timeout=harness.SECONDS_A_RUN)
    files = list(Path(folder).glob(f"*.{process.pid}.graph"))
    if len(files) != 1:
        raise harness.Failure(f"{command.name}: no still of process {process.pid}")
    stills = graph_stream.decode(files[0])
    return stills[max(stills)]


def sites_of_still(still):
    sites = defaultdict(Site)
    for at, (block, name) in enumerate(zip(still.blocks, graph_stream.classes(still))):
        sites[block.site or -at].add(name, 1, block.size)
    return list(sites.values())


def total(sites, what):
    return {name: sum(getattr(site, what)[name] for site in sites) for name in CLASSES}


def agreeing(ours, theirs, what):
    """How much is in the same class: sites of equal size are compared with each other, what is left
    by its sums."""
    grouped = defaultdict(lambda: ([], []))
    for side, sites in enumerate((ours, theirs)):
        for site in sites:
            grouped[site.size][side].append(site)
    same, rest = 0, ([], [])
    for mine, other in grouped.values():
        if len(mine) == len(other):
            same += sum(map(min, total(mine, what).values(), total(other, what).values()))
        else:
            rest[0].extend(mine)
            rest[1].extend(other)
    return same + sum(map(min, total(rest[0], what).values(), total(rest[1], what).values()))
