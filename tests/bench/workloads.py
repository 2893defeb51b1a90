"""The workloads of the speed comparison: what runs, and what ratio to native is the goal."""

import random
import subprocess
from dataclasses import dataclass, field
from pathlib import Path


HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@dataclass
class Workload:
    name: str
    words: list
    goal: float
    env: dict = field(default_factory=dict)
    cwd: str | None = None
    lsan_program: Path | None = None  # built with -fsanitize=leak; else its library is preloaded
    lsan_scans: bool = True


def compiled(folder, source, name):
    """Our own programs, plainly and with LeakSanitizer, which wants frame pointers."""
    plain = folder / name
    sanitized = folder / f"{name}_lsan"
    common = ["g++", "-std=c++20", "-O2", "-g", "-pthread", "-w", "-I", str(ROOT / "tests/programs"),
              str(source), "-o"]
    subprocess.run([*common, str(plain)], check=True)
    subprocess.run([*common, str(sanitized), "-fsanitize=leak", "-fno-omit-frame-pointer"], check=True)
    return plain, sanitized


def own(folder, scale):
    churn, churn_lsan = compiled(folder, ROOT / "tests/programs/shapes/churn.cpp", "churn")
    for threads, goal in ((1, 1.9), (2, 2.0), (8, 1.6)):
        yield Workload(f"churn, {threads} threads", [churn, threads, int(8_000_000 * scale)], goal,
                       lsan_program=churn_lsan)
    containers, containers_lsan = compiled(folder, HERE / "containers.cpp", "containers")
    yield Workload("C++ containers", [containers, int(60 * scale)], 1.25,
                   lsan_program=containers_lsan)
    nodes, nodes_lsan = compiled(folder, HERE / "live_nodes.cpp", "live_nodes")
    yield Workload("5 million live nodes", [nodes, int(5_000_000 * scale), 1], 2.0,
                   lsan_program=nodes_lsan, lsan_scans=False)


def write_large_inputs(folder, scale):
    """Inputs for the real programs, seconds of work each."""
    numbers = random.Random(11)
    rows = int(150_000 * scale)
    with open(folder / "big.sql", "w", encoding="ascii") as out:
        out.write("begin;create table t(id integer primary key, name text, value real);\n")
        for i in range(rows):
            out.write(f"insert into t values({i},'name {numbers.randrange(10**6)}',"
                      f"{numbers.random():.6f});\n")
        out.write("commit;create index by_name on t(name);\n"
                  "select count(*) from t a join t b on a.name=b.name where a.value<0.3;\n")
    with open(folder / "big.json", "w", encoding="ascii") as out:
        out.write("[" + ",".join(
            f'{{"id":{i},"tags":["a","b{i % 7}"],"value":{numbers.random():.5f}}}'
            for i in range(int(80_000 * scale))) + "]")
    with open(folder / "big.xml", "w", encoding="ascii") as out:
        out.write("<all>" + "".join(
            f"<item id='{i}'><name>{numbers.randrange(10**6)}</name></item>"
            for i in range(int(120_000 * scale))) + "</all>")
    (folder / "heavy.cpp").write_text(
        "#include <algorithm>\n#include <functional>\n#include <iostream>\n#include <map>\n"
        "#include <regex>\n#include <string>\n#include <unordered_map>\n#include <vector>\n"
        "int main() { std::regex r(\"a+b*\"); std::map<std::string, std::vector<int>> m;\n"
        "std::unordered_map<int, std::function<int(int)>> f; std::cout << m.size() + f.size();\n"
        "return std::regex_match(\"aab\", r) ? 0 : 1; }\n")


def long_history(folder, commits):
    """A repository with many commits, written by git fast-import in one go."""
    repository = folder / "long-history"
    subprocess.run(["git", "init", "-q", str(repository)], check=True)
    stream = []
    for i in range(commits):
        text = f"{i}\n" * (1 + i % 50)
        stream.append(f"commit refs/heads/main\ncommitter a <a@example.org> {1700000000 + i} +0000\n"
                      f"data 9\ncommit {i % 10}\nM 100644 inline file{i % 40}.txt\n"
                      f"data {len(text)}\n{text}\n")
    subprocess.run(["git", "fast-import", "--quiet"], cwd=repository, check=True,
                   input="".join(stream).encode())
    subprocess.run(["git", "symbolic-ref", "HEAD", "refs/heads/main"], cwd=repository, check=True)
    return repository


def real(folder, scale):
    write_large_inputs(folder, scale)
    history = long_history(folder, int(8000 * scale))
    at = str(folder)
    script = ("import json\nd = json.load(open('big.json'))\n"
              "t = {}\nfor x in d: t.setdefault(x['tags'][1], []).append(str(x['value']))\n"
              "print(sum(len(','.join(v)) for v in t.values()), len(json.dumps(d)))\n")
    return [
        Workload("sqlite3", ["/usr/bin/sqlite3", ":memory:", ".read big.sql"], 1.25, cwd=at),
        Workload("python3", ["/usr/bin/python3", "-c", script], 1.25,
                 {"PYTHONMALLOC": "malloc", "PYTHONHASHSEED": "0"}, at),
        Workload("git log --stat", ["git", "--no-pager", "log", "--stat"], 1.25, cwd=str(history)),
        Workload("clang++ -c", ["clang++", "-O1", "-c", "heavy.cpp", "-o", "heavy.o"], 1.25, cwd=at),
        Workload("jq", ["jq", "-c", "[.[] | .value] | add", "big.json"], 1.25, cwd=at),
        Workload("xmllint", ["xmllint", "--noout", "big.xml"], 1.25, cwd=at),
    ]


def short_processes(folder, scale):
    """A test suite's shape: many processes of about ten milliseconds."""
    count = int(2000 * scale)
    script = folder / "suite.sh"
    script.write_text("i=0\nwhile [ $i -lt " + str(count) + " ]; do\n"
                      "  /usr/bin/perl -MPOSIX -MData::Dumper -e "
                      "'my %h = map { $_ => [1..5] } 1..300; length Dumper(\\%h)'\n"
                      "  i=$((i + 1))\ndone\n")
    return Workload("2,000 short processes", ["/bin/sh", script], 1.3)


def all_of(folder, scale):
    """Every workload, its inputs written to `folder`."""
    yield from own(folder, scale)
    yield from real(folder, scale)
    yield short_processes(folder, scale)
