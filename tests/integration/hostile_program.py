"""A program whose functions, file and name are as hostile as a compiler takes them: clang writes any
symbol into the object file."""

import subprocess

from harness import Failure

NAMES = [
    "::error file=a.c,line=1::owned", "owned%0A::error::owned%25", "owned\n::error::owned",
    "]]>owned<![CDATA[", "</script><script>owned()</script>",
    "owned&quot;\"><failure message='x'/>", "owned`` ` ```` #1 GH-1", "owned|b\\|c|",
    "[owned](https://evil.example) ![](x)", "owned;with;semicolons 77", "owned\x1b[2J\x07\r",
    "owned\u202e reversed", "owned{0}{{1}}](x)", "a" * 65536 + "owned",
    "owned\" -> \"x\" [label=\"y\"]", "owned, $(id) `id`"]
NOT_UTF8 = b"owned\xff\xfe\xc0\x80"
FILE = "a]]>%0A::error.cpp"
PROGRAM = "pro]]>gram%0A::error"
FINDINGS = len(NAMES) + 2  # one that is no UTF-8, one with template arguments of 100 KiB
CYCLE = """
struct node { node *next; long text[3]; };
__attribute__((noinline)) int cycle() {
  node *volatile one = new node();
  one->next = new node();
  one->next->next = new node();
  one->next->next->next = one;
  return one->text[0] != 0;
}
"""


def literal(name):
    return "".join(f"\\{byte:03o}" if byte < 32 or byte > 126 or byte in b'"\\?' else chr(byte)
                   for byte in name)


def source():
    lines = ["#include <stdlib.h>"]
    names = [name.encode() for name in NAMES] + [NOT_UTF8]
    for number, name in enumerate(names):
        lines.append(f"void *f{number}(int) __asm__(\"{literal(name)}\");\n"
                     f"__attribute__((noinline)) void *f{number}(int n) "
                     f"{{ return malloc({100 + number} + n); }}")
    lines.append("template <class A, class B> struct P {};\nusing T0 = P<int, long>;")
    lines += [f"using T{i} = P<T{i - 1}, T{i - 1}>;" for i in range(1, 13)]
    lines.append("template <class T> __attribute__((noinline)) void *owned_template(T) "
                 "{ return malloc(999); }")
    calls = " ".join(f"if (!f{number}(0)) return 1;" for number in range(len(names)))
    return "\n".join(lines) + CYCLE + f"int main() {{ {calls} return !owned_template(T12()) + cycle(); }}\n"


def compiled(folder, debug):
    (folder / FILE).write_text(source())
    program = folder / f"{PROGRAM}{debug}"
    done = subprocess.run(["clang++", debug, "-O1", "./" + FILE, "-o", program], cwd=folder,
                          capture_output=True, check=False)
    if done.returncode != 0:
        raise Failure(done.stderr.decode(errors="replace")[-2000:])
    return program
