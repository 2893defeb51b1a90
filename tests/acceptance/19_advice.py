#!/usr/bin/env python3
"""The advice of `track cycles` is taken: in a copy of each cycle of the corpus the field that it names,
and no other, is made a weak_ptr, until nothing is advised any more. Then every object's destructor must
run and nothing may be reported. Objects are counted by a member that each type of the cycle is given.
Before that, the reports of the whole corpus are held against its first comments.

Where the field is a lambda's capture, or a std::function that has one in itself, the fixture's clean
twin is the copy: it may differ in nothing but that capture. A fixture for which no advice is expected must get none.
"""

import json
import re
from pathlib import Path

import leak_corpus
from acceptance import harness, start
from leak_corpus import Variant

import leak_reports

VARIANTS = [
    Variant("g++ -O0 -g", *leak_corpus.GCC, "-O0 -g"),
    Variant("g++ -O2 -g", *leak_corpus.GCC, "-O2 -g"),
    Variant("clang++ -O0 -g", *leak_corpus.CLANG, "-O0 -g"),
    Variant("clang++ libc++ -O0 -g", *leak_corpus.LIBCXX, "-O0 -g", libcxx=True),
]
# Says how many were made and how many destroyed, once nothing else runs.
WITNESS = """#include <cstdio>
struct witness {
  inline static int made = 0, gone = 0;
  witness() { ++made; }
  witness(const witness&) { ++made; }
  ~witness() { ++gone; }
};
__attribute__((destructor)) static void say_witness() {
  dprintf(1, "%d made, %d gone\\n", witness::made, witness::gone);
}
"""


class Copy:
    """A fixture's leaking source, whose cycle's objects are counted."""

    def __init__(self, source, types):
        self.source = source
        self.flags = harness.first_comment(source).get("flags", "")
        self.text = source.read_text()
        self.weakened = []
        for name in types:
            self.text, count = re.subn(rf"^(struct {name}\b[^;{{]*{{)", r"\1\n  witness counted;",
                                       self.text, flags=re.MULTILINE)
            if count != 1:
                raise harness.Failure(f"{source.name} does not define {name} once")
        self.text = WITNESS + self.text

    def weaken(self, name, field):
        """Makes `field` of struct `name` weak, as a reader of the advice would."""
        body = re.search(rf"^struct {name}\b[^;{{]*{{(.*?)^}};", self.text,
                         re.MULTILINE | re.DOTALL)
        # The line that stands without CLEAN.
        changed, count = re.subn(rf"(#else\s+)?std::shared_ptr<([^;]*)> {field};",
                                 rf"\1std::weak_ptr<\2> {field};", body.group(1)) if body else ("", 0)
        if count != 1:
            raise harness.Failure(f"{self.source.name} has no one field {name}::{field}")
        self.text = self.text[:body.start(1)] + changed + self.text[body.end(1):]
        self.weakened.append(f"{name}::{field}")

    def take_clean_twin(self, where):
        """The twin stands for the advice if it makes weak what is captured `where`, and no more."""
        halves = re.findall(r"#ifdef CLEAN\n(.*?)#else\n(.*?)#endif", self.source.read_text(),
                            re.DOTALL)
        if len(halves) != 1:
            raise harness.Failure(f"{self.source.name}: its twin differs in several places")
        clean, leaking = halves[0]
        if where not in leaking or clean.count("std::weak_ptr<") != 1:
            raise harness.Failure(f"{self.source.name}: its twin does not weaken {where}")
        self.text = "#define CLEAN 1\n" + self.text
        self.weakened.append(f"captured in {where}")

    def is_function(self, field):
        return re.search(rf"std::function<[^;]*> {field};", self.text)

    def built(self, variant, folder):
        path = Path(folder) / f"{self.source.stem}_{len(self.weakened)}.cpp"
        path.write_text(self.text)
        program = path.with_suffix("")
        words = [*variant.command(path), "-I", self.source.parent, "-I", leak_corpus.FOLDER, path,
                 "-o", program, *self.flags.split(), "-Wl,--no-as-needed"]
        done = harness.run(words)
        if done.status != 0:
            raise harness.Failure(f"{path.name}: {done.stderr.decode(errors='replace')}")
        return program


def object_types(expected):
    return sorted({name for each in expected for name, _ in each["members"] if "{" not in name})


def advice_of(report):
    return [each for finding in report["findings"] if finding["kind"] == "cycle"
            for each in finding["cycle"]["weaken"]]


def take_advice(copy, advice):
    for each in advice:
        if re.search(r"::(\{lambda.*\}|\$_\d+)$", each["type"]):
            copy.take_clean_twin(f"[{each['field']}")
        elif copy.is_function(each["field"]):
            copy.take_clean_twin(f"->{each['field']} = [")
        else:
            copy.weaken(each["type"], each["field"])


def witnesses(program):
    told = harness.run([program]).stdout.decode()
    counts = re.search(r"^(\d+) made, (\d+) gone$", told, re.MULTILINE)
    if not counts or counts.group(1) == "0":
        raise harness.Failure(f"{program.name} counted nothing: {told!r}")
    return int(counts.group(1)), int(counts.group(2))


def follow(source, expected, variant, folder, build):
    """Takes advice until there is none; says what was made weak. Raises Failure."""
    copy = Copy(source, object_types(expected))
    most = 3
    for turn in range(most + 1):
        program = copy.built(variant, folder)
        _, report, _ = leak_reports.reports_of(build, [program])
        made, gone = witnesses(program)
        advice = advice_of(report)
        if turn == 0 and gone == made:
            raise harness.Failure("nothing leaks in the copy")
        if not advice or turn == most:
            break
        take_advice(copy, advice)
    lost = [each["title"] for each in report["findings"] if each["kind"] in leak_reports.LOST]
    if expected_advice(expected) == 0:
        if copy.weakened:
            raise harness.Failure(f"advised where none is sure: {copy.weakened}")
    elif lost or made != gone:
        raise harness.Failure(f"{copy.weakened} are weak, {made} made, {gone} destroyed, {lost}")
    return copy.weakened


def expected_advice(expected):
    return sum(len(each["weaken"]) for each in expected)


def fixtures(variant):
    for source in sorted((leak_corpus.FOLDER / "leaks").glob("cycle_*.cpp")):
        marks = harness.first_comment(source)
        expected = json.loads(marks["expect"]).get("cycles", [])
        if expected and variant.suits(source, marks):
            yield source, expected


def check_corpus(rows, build):
    names = list(leak_reports.names_of_corpus())
    wrong = []
    for name in names:
        try:
            leak_reports.check(name, build)
        except harness.Failure as failure:
            wrong.append(f"{name}: {failure}")
    figure = f"{len(names) - len(wrong)} of {len(names)} programs are reported as they say"
    rows.add("report, cycles", "; ".join([figure, *wrong]), not wrong and bool(names))


def check_advice(rows, build, variant, folder):
    right, none, wrong = [], [], []
    for source, expected in fixtures(variant):
        try:
            taken = follow(source, expected, variant, folder, build)
            (right if taken else none).append(source.stem)
        except harness.Failure as failure:
            wrong.append(f"{source.stem}: {failure}")
    figure = (f"advice taken in {len(right)} programs, all destructors run and nothing is reported; "
              f"none sure and none given in {len(none)}")
    rows.add(variant.name, "; ".join([figure, *wrong]), not wrong and bool(right))


def main():
    rows, build, scratch = start("advice", __doc__)
    with scratch as folder:
        check_corpus(rows, build)
        for number, variant in enumerate(VARIANTS):
            place = Path(folder) / str(number)
            place.mkdir()
            check_advice(rows, build, variant, place)
    rows.end()


if __name__ == "__main__":
    main()
