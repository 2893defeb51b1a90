#!/usr/bin/env python3
"""leak_reports.py BUILD [NAME…]: runs fixtures of tests/programs/leaks under `track run` and holds
`track report` and `track cycles` against their first comments: classes, kinds, stacks, and of each
cycle its members, edges, proof and advice.
"""

import functools
import json
import sys

import harness
from graph_stream import CLASSES
from harness import Failure
from leaks import differences, over

LOST = ("lost", "possibly_lost", "cycle")
HEAP = dict(zip(CLASSES, ("definitely_lost", "indirectly_lost", "possibly_lost",
                          "still_reachable")))


def classes_of(process):
    if process["heap"] is None:
        raise Failure(f"process {process['process']} has no still: {process['quality']}")
    return {name: (process["heap"][key]["blocks"], process["heap"][key]["bytes"])
            for name, key in HEAP.items()}


def reports_of(build, command, env=None):
    """What `track report` and `track cycles` say of a program; its exit status comes first."""
    with harness.scratch() as folder:
        tracked = build.tracked(command, folder, env)
        said = [build.track_json(word, tracked.capture, "--limit", "0")
                for word in ("report", "cycles")]
        return tracked.outcome.status, *said


@functools.cache
def base_of(build, program, words):
    """Of a program that does nothing, or nothing but the frame of those over it."""
    _, report, _ = reports_of(build, [program, *words])
    if [each for each in report["findings"] if each["kind"] in LOST]:
        raise Failure(f"{program} loses something itself")
    return classes_of(report["processes"][0])


def user_function(stack):
    """The innermost function of the fixture itself, without its parameters; or None."""
    for frame in stack:
        if "tests/programs/" in (frame["file"] or ""):
            return frame["function"].split("(")[0].split("::")[-1]
    return None


def cycle_of(finding):
    """A cycle as the first comments write one."""
    told = finding["cycle"]
    types = [member["type"] for member in told["members"]]
    return {
        "members": sorted([member["type"], member["count"] // told["count"]]
                          for member in told["members"]),
        "edges": sorted(f"{types[edge['from']]}.{edge['field']}" for edge in told["edges"]),
        "weaken": sorted(f"{each['type']}.{each['field']}" for each in told["weaken"]),
        "proven": told["proven"], "count": told["count"]}


def sorted_cycle(wanted):
    return {key: sorted(value) if isinstance(value, list) else value
            for key, value in wanted.items()}


def check_cycle_adds_up(finding):
    told = finding["cycle"]
    members = len(told["members"])
    for edge in told["edges"]:
        if edge["from"] >= members or edge["to"] >= members:
            raise Failure(f"an edge leads nowhere: {edge}")
    for advice in told["weaken"]:
        if advice["type"] != told["members"][advice["member"]]["type"] or not advice["why"]:
            raise Failure(f"advice about something else: {advice}")
    if told["proven"] != finding["proven"]:
        raise Failure("the finding is as proven as its cycle")


def differing_cycles(expected, report, cycles):
    """Complaints about the findings of kind cycle, of `report` and of `cycles`."""
    wrong = []
    for name, said in (("report", report), ("cycles", cycles)):
        found = [each for each in said["findings"] if each["kind"] == "cycle"]
        for each in found:
            check_cycle_adds_up(each)
        have = sorted((cycle_of(each) for each in found), key=str)
        want = sorted((sorted_cycle(each) for each in expected), key=str)
        if have != want:
            wrong.append(f"{name}: cycles {have}, expected {want}")
    if any(each["kind"] != "cycle" for each in cycles["findings"]):
        wrong.append("`cycles` lists something else")
    return wrong


def differing_findings(expected, report):
    """Complaints about what is lost and no cycle: how many findings, and in which function."""
    found = [each for each in report["findings"] if each["kind"] in ("lost", "possibly_lost")]
    wrong = []
    functions = sorted({str(user_function(each["stack"])) for each in found})
    named = expected.get("lost_in", [])
    named = named if isinstance(named, list) else [named]
    if functions != named:
        wrong.append(f"lost in {functions}, expected {named}")
    unloaded = {user_function(each["stack"]): each["unloaded_module"] for each in found
                if each["unloaded_module"] is not None}
    if unloaded != expected.get("unloaded", {}):
        wrong.append(f"lost by unloading {unloaded}, expected {expected.get('unloaded', {})}")
    for each in found:
        module = each["unloaded_module"]
        if module is not None and f"when {module} was unloaded" not in each["title"]:
            wrong.append(f"the title does not say so: {each['title']}")
    if "findings" in expected and len(found) != expected["findings"]:
        wrong.append(f"{len(found)} findings, expected {expected['findings']}")
    return wrong


def differing_sums(report):
    """All that is lost hangs from the findings, and nothing else does."""
    lost = sum(classes_of(process)[name][0] for process in report["processes"]
               for name in ("definitely", "indirectly") if process["heap"])
    hanging = sum(each["retained_blocks"] for each in report["findings"]
                  if each["kind"] in ("lost", "cycle"))
    return [] if lost == hanging else [f"{lost} blocks are lost, the findings hold {hanging}"]


def check(name, build, programs=None, marked="expect", exact_bytes=True):
    """Raises Failure unless the reports of a fixture say what its first comment does. `programs`:
    where it is built, by default in the build."""
    source, clean = harness.source_of(name)
    marks = harness.first_comment(source)
    expected = json.loads(marks["clean" if clean else marked])
    programs = programs or build.programs
    words = [word.replace("{bin}", str(programs)) for word in marks.get("args", "").split()]
    status, report, cycles = reports_of(build, [programs / name, *words],
                                        harness.environment_of(marks, build))
    base = base_of(build, programs / marks["over"], tuple(words))
    wrong = [] if status == expected["status"] else [f"it ended with {status}"]
    root, *children = report["processes"]
    wrong += differences("it leaves", expected["classes"], over(classes_of(root), base), exact_bytes)
    for want, have in zip(expected.get("children", []), children, strict=True):
        # What a child inherited is its parent's, and in no class of its own.
        wrong += differences("a child leaves", want, classes_of(have), exact_bytes)
    wrong += differing_findings(expected, report)
    wrong += differing_cycles(expected.get("cycles", []), report, cycles)
    wrong += differing_sums(report)
    if wrong:
        raise Failure("; ".join(wrong))


def names_of_corpus():
    folder = harness.ROOT / "tests" / "programs" / "leaks"
    for source in sorted([*folder.glob("*.c"), *folder.glob("*.cpp")]):
        if ".plugin." not in source.name:
            yield source.stem
            if "clean" in harness.first_comment(source):
                yield f"{source.stem}_clean"


def main():
    build = harness.Build(sys.argv[1])
    status = 0
    count = 0
    for name in sys.argv[2:] or names_of_corpus():
        count += 1
        try:
            check(name, build)
        except Failure as failure:
            print(f"{name}: {failure}", flush=True)
            status = 1
    print(f"{count} programs")
    return status if count else 1


if __name__ == "__main__":
    sys.exit(main())
