#!/usr/bin/env python3
"""No proven cycle in thirty real programs that have none, and owners that the graph does not show
are counted: a shared_ptr in a frame that longjmp left, beside a cycle, is one unexplained owner.
"""

import os
import re
from pathlib import Path

from acceptance import Command, git_history, harness, start, write_inputs

PROGRAMS_WANTED = 30
SECONDS_A_PROGRAM = 120

# An owner in a frame that is left without its destructor: lost with the cycle, and no member of it.
ABANDONED = r"""
#include <csetjmp>
#include <cstdlib>
#include <memory>
struct Session;
struct Peer { long id = 1; std::shared_ptr<Session> session; };
struct Session { long id = 2; long more = 3; std::shared_ptr<Peer> peer; };
static std::jmp_buf back;
__attribute__((noinline)) static std::shared_ptr<Session> build() {
  auto session = std::make_shared<Session>();
  session->peer = std::make_shared<Peer>();
  session->peer->session = session;
  return session;
}
__attribute__((noinline)) static void scrub() {
  volatile char room[16384];
  for (unsigned long i = 0; i < sizeof room; ++i) room[i] = 0;
}
__attribute__((noinline)) static void leave(int more) {
  auto held = build();
  volatile auto* seen = &held;
  if (more > 0) {
    auto another = held;
    volatile auto* too = &another;
    HOLD(seen, too);
  }
  HOLD(seen, seen);
}
int main() {
  if (setjmp(back) == 0) leave(MORE);
  scrub();
  return 0;
}
"""
HELD = "#define HOLD(a, b) if (a != nullptr && b != nullptr) std::exit(0)\n"
LEFT = "#define HOLD(a, b) if (a != nullptr && b != nullptr) std::longjmp(back, 1)\n"


def text_files(at):
    (at / "small.c").write_text(
        "#include <stdlib.h>\nstruct s { struct s *next; int n; };\n"
        "int main(void) { struct s *p = calloc(1, sizeof *p); int n = p->n; free(p); return n; }\n")
    (at / "small.cpp").write_text(
        "#include <map>\n#include <memory>\n#include <string>\n"
        "int main() { std::map<std::string, std::shared_ptr<int>> m; m[\"a\"]; return 0; }\n")
    (at / "small.proto").write_text(
        'syntax = "proto3";\nmessage node { string name = 1; repeated node next = 2; }\n')
    (at / "small.dot").write_text("digraph g { a -> b; b -> c; c -> a; a -> d; }\n")
    (at / "small.y").write_text("%token N\n%%\nsum: N | sum '+' N;\n%%\n")
    (at / "small.l").write_text("%%\n[0-9]+ return 1;\n%%\n")
    (at / "small.i").write_text("%module small\n%{\n%}\nint add(int, int);\nstruct s { int n; };\n")
    (at / "small.asm").write_text("section .text\nglobal f\nf: mov eax, 1\nret\n")
    (at / "small.ninja").write_text(
        "rule touch\n command = true > $out\n" +
        "".join(f"build out{i}: touch small.c\n" for i in range(20)))
    (at / "small.ledger").write_text(
        "2023/01/01 Shop\n    Expenses:Food  $10.00\n    Assets:Cash\n\n" * 20)
    (at / "small.xsl").write_text(
        '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
        '<xsl:template match="item"><xsl:value-of select="name"/></xsl:template></xsl:stylesheet>')
    (at / "small.md").write_text("# Title\n\nText with `code`.\n")
    (at / "small.roff").write_text(".TH A 1\n.SH NAME\na \\- b\n")
    project = at / "project"
    project.mkdir()
    (project / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.20)\nproject(small C)\nadd_executable(small ../small.c)\n")
    harness.run(["dot", "-Tpdf", at / "small.dot", "-o", at / "drawing.pdf"])


def programs(at):
    """One line each: what does something short, in C or C++, from Debian's packages."""
    write_inputs(at)
    history = git_history(at)
    text_files(at)
    lines = {
        "cmake": "cmake -S project -B made -G Ninja",
        "ninja": "ninja -f small.ninja",
        "clang": "clang -O1 -c small.c -o small.o",
        "clang++": "clang++ -c small.cpp -o smallcpp.o",
        "clang-format": "clang-format small.cpp",
        "g++": "g++ -c small.cpp -o smallg.o",
        "gdb": "gdb -nx -batch -ex 'info functions main' /usr/bin/env",
        "jq": "jq -c '[.[] | .value] | add' in.json",
        "sqlite3": "sqlite3 :memory: '.read in.sql'",
        "openssl": "openssl genpkey -algorithm ed25519",
        "perl": "perl -ne '$c{(split)[1]}++; END { print scalar keys %c }' in.txt",
        "python3": "/usr/bin/python3 -S -E -c 'import json; print(len(json.load(open(\"in.json\"))))'",
        "xmllint": "xmllint --noout in.xml",
        "xsltproc": "xsltproc small.xsl in.xml",
        "gawk": "gawk '{ c[$2] += $1 } END { print length(c) }' in.txt",
        "bash": "bash --norc -c 'for i in {1..300}; do a[i]=x$i; done; echo ${#a[@]}'",
        "vim": "vim -u NONE -es -c '%s/word/thing/g' -c 'q!' in.txt",
        "tclsh": "tclsh8.6 in.tcl",
        "curl": "curl -sS file:///etc/passwd",
        "make": "make -f in.mk target1",
        "tar": "tar -cf /dev/null in.sql in.xml history",
        "troff": "groff -man -Tascii small.roff",
        "protoc": "protoc --cpp_out=. small.proto",
        "dot": "dot -Tsvg small.dot -o small.svg",
        "bison": "bison small.y -o small.tab.c",
        "flex": "flex -o small.lex.c small.l",
        "swig": "swig -python small.i",
        "nasm": "nasm -f elf64 small.asm -o smalln.o",
        "cppcheck": "cppcheck --enable=all small.cpp",
        "ledger": "ledger -f small.ledger balance",
        "qpdf": "qpdf --linearize drawing.pdf small.pdf",
        "pdftotext": "pdftotext drawing.pdf small.out",
        "exiv2": "exiv2 -V",
        "ctags": "ctags -f tags small.c small.cpp",
        "lua": "lua5.4 -e 't = {} for i = 1, 500 do t[i] = {i} end print(#t)'",
        "ruby": "ruby -e 'puts (1..500).map { |i| [i] }.size'",
        "php": "php -n -r 'echo count(array_map(fn($i) => [$i], range(1, 500)));'",
        "redis-server": "redis-server --version",
        "eu-readelf": "eu-readelf -S /bin/true",
        "astyle": "astyle --dry-run small.cpp",
        "povray": "povray --version",
    }
    (at / "in.tcl").write_text("for {set i 0} {$i < 900} {incr i} {lappend l x$i}\nputs [llength $l]\n")
    extra = {"python3": {"PYTHONMALLOC": "malloc"}}
    return [Command(name, ["sh", "-c", f"exec {line}"], extra.get(name, {}), str(at))
            for name, line in lines.items()] + [
        Command("git", ["git", "--no-pager", "log", "--stat"], {"GIT_CONFIG_GLOBAL": "/dev/null"},
                str(history))]


def cycles_of(build, capture):
    report = build.track_json("report", capture, "--limit", "100000")
    found = [finding for finding in report["findings"] if finding["kind"] == "cycle"]
    seen = [process for process in report["processes"] if process["heap"] is not None]
    return seen, found


def check(rows, build, command, folder):
    capture = Path(folder) / f"{re.sub('[^a-z0-9]', '_', command.name)}.track"
    done = harness.run([build.track, "run", "--quiet", "-o", capture, "--", *command.words],
                       command.environment(), SECONDS_A_PROGRAM, command.cwd)
    if done.status != 0:
        rows.add(command.name, f"ended with {done.status}: {done.stderr[-200:].decode()}", False)
        return False
    harness.wait_for(capture, done)
    seen, found = cycles_of(build, capture)
    proven = [finding for finding in found if finding["cycle"]["proven"]]
    blocks = sum(sum(each["blocks"] for name, each in process["heap"].items() if name != "suppressed")
                 for process in seen)
    titles = "".join(f"; {finding['title']}" for finding in proven)
    rows.add(command.name, f"{len(seen)} processes, {blocks} blocks left, {len(proven)} proven "
             f"cycles, {len(found) - len(proven)} other{titles}", len(seen) > 0 and not proven)
    return True


def one_more_owner(rows, build, folder):
    """held: exit() is called in the frame; 1, 2: so many owners in frames that longjmp left."""
    for name, head, more, expected in (("held by a frame", HELD, 0, []),
                                       ("one owner in a frame left", LEFT, 0, [1]),
                                       ("two owners in a frame left", LEFT, 1, [2])):
        source = Path(folder) / "abandoned.cpp"
        source.write_text(head + ABANDONED)
        program = Path(folder) / "abandoned"
        done = harness.run(["g++", "-std=c++17", "-g", "-O0", f"-DMORE={more}", source, "-o", program])
        if done.status != 0:
            raise harness.Failure(done.stderr.decode())
        _, found = cycles_of(build, build.tracked([program], folder, dict(os.environ)).capture)
        unexplained = [each["cycle"]["unexplained"] for each in found]
        proven = [each["cycle"]["proven"] for each in found]
        rows.add(name, f"cycles {len(found)}, proven {proven}, unexplained owners {unexplained}",
                 unexplained == expected and True not in proven)


def main():
    rows, build, scratch = start("no proven cycle", __doc__)
    ran = 0
    with scratch as folder:
        inputs = Path(folder) / "inputs"
        inputs.mkdir()
        for command in programs(inputs):
            ran += check(rows, build, command, folder)
        rows.add("all", f"{ran} real programs ran", ran >= PROGRAMS_WANTED)
        one_more_owner(rows, build, folder)
    rows.end()


if __name__ == "__main__":
    main()
