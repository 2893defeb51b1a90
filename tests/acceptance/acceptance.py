"""What every acceptance script shares: its rows, its inputs, the real commands it tracks.

A script proves one point of what the recorder must show. It prints rows `point | command | figure |
verdict` and ends with 1 when a verdict is not ok; all.py collects the rows.
"""

import argparse
import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
import harness  # noqa: E402


class Rows:
    def __init__(self, point):
        self.point = point
        self.failed = False

    def add(self, command, figure, good):
        """good: True, False, or None where no goal is set."""
        verdict = {True: "ok", False: "FAIL", None: "-"}[good]
        self.failed |= good is False
        print(f"{self.point} | {command} | {figure} | {verdict}", flush=True)

    def end(self):
        sys.exit(1 if self.failed else 0)


TABLE_MARKS = ("<!-- side by side: begin -->", "<!-- side by side: end -->")


def write_table(path, columns, lines):
    """Puts a table between the two marks of a page."""
    before, _, rest = path.read_text().partition(TABLE_MARKS[0])
    _, _, after = rest.partition(TABLE_MARKS[1])
    head = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    path.write_text("\n".join([before + TABLE_MARKS[0], *head, *lines, TABLE_MARKS[1]]) + after)


def start(point, description):
    """The script's rows, its build, and a scratch folder (of type TemporaryDirectory)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--build", required=True, help="the build folder")
    return Rows(point), harness.Build(parser.parse_args().build), harness.scratch()


@dataclass
class Command:
    name: str
    words: list
    env: dict
    cwd: str | None = None

    def environment(self):
        kept = {key: os.environ[key] for key in ("PATH", "HOME") if key in os.environ}
        return kept | {"LC_ALL": "C"} | self.env


def write_inputs(folder):
    """Inputs of fixed content for the real commands; big enough to mean something."""
    folder = Path(folder)
    numbers = random.Random(7)
    rows = ",\n".join(f"({i}, 'name {numbers.randrange(10**6)}', {numbers.random():.6f})"
                      for i in range(4000))
    (folder / "in.sql").write_text(
        "create table t(id integer primary key, name text, value real);\n"
        f"insert into t values {rows};\ncreate index by_name on t(name);\n"
        "select count(*), avg(value), max(name) from t where name like '%7%';\n"
        "select a.id, b.id from t a join t b on a.name = b.name and a.id < b.id limit 50;\n")
    (folder / "in.xml").write_text("<all>" + "".join(
        f"<item id='{i}'><name>{numbers.randrange(10**6)}</name></item>" for i in range(4000)) +
        "</all>")
    (folder / "in.json").write_text("[" + ",".join(
        f'{{"id": {i}, "tags": ["a", "b{i % 7}"], "value": {numbers.random():.5f}}}'
        for i in range(4000)) + "]")
    (folder / "in.txt").write_text("".join(
        f"{numbers.randrange(1000)} word{numbers.randrange(500)} {i}\n" for i in range(8000)))
    (folder / "in.c").write_text("#include <stdio.h>\n#include <stdlib.h>\n" + "".join(
        f"int f{i}(int x) {{ for (int k = 0; k < x; ++k) x ^= k * {i}; return x; }}\n"
        for i in range(200)) + "int main(void) { return f1(3); }\n")
    (folder / "in.mk").write_text("".join(
        f"target{i}: target{i + 1}\n\t@:\n" for i in range(400)) + "target400:\n\t@:\n")


def git_history(folder):
    """A repository with 60 commits by a fixed author at fixed times."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_AUTHOR_NAME": "a",
           "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a",
           "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_AUTHOR_DATE": "1700000000 +0000",
           "GIT_COMMITTER_DATE": "1700000000 +0000"}
    repository = Path(folder) / "history"
    repository.mkdir()
    harness.run(["git", "init", "-q", "."], env, cwd=repository)
    for i in range(60):
        (repository / f"file{i % 9}.txt").write_text("line\n" * (i + 1))
        harness.run(["git", "add", "."], env, cwd=repository)
        harness.run(["git", "commit", "-q", "-m", f"commit {i}"], env, cwd=repository)
    return repository


def real_commands(folder):
    """Commands that every Debian has (with the packages of tools/packages.txt), one process each
    unless the name says tree."""
    write_inputs(folder)
    history = git_history(folder)
    at = str(folder)
    python = {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"}
    return [
        Command("sqlite3 script", ["/usr/bin/sqlite3", ":memory:", ".read in.sql"], {}, at),
        Command("python3 json", ["/usr/bin/python3", "-c",
                "import json; d = json.load(open('in.json')); print(len(json.dumps(d)))"],
                python, at),
        Command("git log --stat", ["git", "--no-pager", "log", "--stat"],
                {"GIT_CONFIG_GLOBAL": "/dev/null"}, str(history)),
        Command("xmllint", ["xmllint", "--noout", "in.xml"], {}, at),
        Command("jq", ["jq", "-c", "[.[] | .value] | add", "in.json"], {}, at),
        Command("perl", ["/usr/bin/perl", "-ne", "$c{(split)[1]}++; END { print scalar keys %c }",
                "in.txt"], {"PERL_HASH_SEED": "0"}, at),
        Command("gawk", ["gawk", "{ c[$2] += $1 } END { for (k in c) s += c[k]; print s }",
                "in.txt"], {}, at),
        Command("bash", ["/bin/bash", "--norc", "-c",
                "for i in {1..3000}; do a[i]=x$i; done; echo ${#a[@]}"], {}, at),
        Command("gcc -c (tree)", ["gcc", "-O1", "-c", "in.c", "-o", "in.o"], {}, at),
        Command("tar", ["tar", "-cf", "/dev/null", "in.sql", "in.xml", "in.json", "history"], {}, at),
        Command("openssl", ["openssl", "dgst", "-sha256", "in.xml"], {}, at),
        Command("make", ["make", "-f", "in.mk", "target1"], {}, at),
        Command("sort", ["sort", "-k2", "in.txt", "-o", "out.txt"], {}, at),
        Command("grep", ["grep", "-cE", "word(1|2|3)+ [0-9]{3}$", "in.txt"], {}, at),
    ]
