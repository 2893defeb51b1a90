#!/usr/bin/env python3
"""examples.py BUILD [CASE…]: the examples under `track run`, and what they do besides printing."""

import os
import sys

from cases import case, expect, main
from harness import run

NODE = "(anonymous namespace)::node"


def example(build, name):
    return build.folder / "bin" / "examples" / name


def cycles_of(build, name, folder):
    tracked = build.tracked([example(build, name)], folder)
    expect(tracked.outcome.status == 0, f"{name} ended with {tracked.outcome.status}")
    report = build.track_json("cycles", tracked.capture)
    text = run([build.track, "cycles", tracked.capture]).stdout.decode()
    return [each for each in report["findings"] if each["kind"] == "cycle"], text


@case
def the_leaking_tree_is_named_with_its_fields_and_the_edge_to_weaken(build, folder):
    findings, text = cycles_of(build, "tree_leaking", folder)
    expect(len(findings) == 1, f"{len(findings)} cycles: {text}")
    told = findings[0]["cycle"]
    types = {member["type"] for member in told["members"]}
    expect(types == {NODE}, f"members: {told['members']}")
    fields = {edge["field"] for edge in told["edges"]}
    expect(fields == {"parent", "children"}, f"fields: {fields}")
    expect(told["proven"], "not proven")
    advice = [f"{each['type']}::{each['field']}" for each in told["weaken"]]
    expect(advice == [f"{NODE}::parent"], f"advice: {advice}")
    expect(f"make weak: {NODE}::parent" in text, f"the text gives no advice: {text}")


@case
def the_tree_with_a_weak_back_edge_leaves_nothing(build, folder):
    findings, text = cycles_of(build, "tree", folder)
    expect(not findings, text)


@case
def the_report_of_tracking_says_type_tag_and_stack(build, folder):
    done = run([example(build, "tracking")], cwd=folder)
    lines = done.stderr.decode().splitlines()
    expect(any("order" in line and "2 objects" in line and "tag import" in line for line in lines),
           f"no orders: {lines}")
    expect(any("label evening" in line for line in lines), f"no label: {lines}")
    expect(any(line.startswith("  #0 ") for line in lines), f"no stacks: {lines}")


@case
def a_temporary_folder_goes_at_exit_also_under_track(build, folder):
    (folder / "tmp").mkdir()
    env = {**os.environ, "TMPDIR": str(folder / "tmp")}
    tracked = build.tracked([example(build, "temp_dir")], folder, env)
    expect(tracked.outcome.status == 0, f"it ended with {tracked.outcome.status}")
    expect(b"it is there: true" in tracked.outcome.stdout, "it made no folder")
    left = os.listdir(folder / "tmp")
    expect(not left, f"left behind: {left}")


if __name__ == "__main__":
    sys.exit(main())
