"""`track gate`, `baseline`, `diff`, `suppress`, `why`, `cycles` and `stills` on programs that are
built here, in several ways. usage: heap_behaviour.py BUILD [CASE…]
"""

import json
import re
import sys

from cases import case, expect, main
from harness import ROOT, Failure, run
from heap_programs import (CYCLE, LEAKING, baseline_of, captured, compiled, findings,
                           leaking_capture, track, track_json)


@case
def the_same_twice_is_fine_and_a_new_leak_is_not(build, folder):
    first = leaking_capture(build, folder, "first")
    second = leaking_capture(build, folder, "second")
    track(build, 1, "gate", first)
    accepted = baseline_of(build, folder, first)
    track(build, 0, "gate", first, second, "--baseline", accepted, "--strict")
    worse = leaking_capture(build, folder, "worse", "-DMORE")
    told = track_json(build, 1, "gate", worse, "--baseline", accepted)
    expect(told["verdict"] == "fail" and len(told["faults"]) == 1, told["faults"])
    states = sorted(each["state"] for each in findings(told, "lost"))
    expect(states == ["known", "new"], states)
    more = leaking_capture(build, folder, "more", "-DCOUNT=8")
    track(build, 1, "gate", more, "--baseline", accepted)
    track(build, 0, "gate", leaking_capture(build, folder, "seven", "-DCOUNT=7"), "--baseline",
          accepted)
    fixed = leaking_capture(build, folder, "fixed", "-DCOUNT=0")
    told = track_json(build, 0, "gate", fixed, "--baseline", accepted)
    expect([each["state"] for each in told["findings"]] == ["fixed"], told["findings"])


@case
def a_change_that_is_none_is_known(build, folder):
    accepted = baseline_of(build, folder, leaking_capture(build, folder, "first", "-O0"))
    lower = "\n" * 40 + "// moved\n" + LEAKING
    for name, capture in (
            ("moved lines", leaking_capture(build, folder, "lines", "-O0", source=lower)),
            ("another directory", leaking_capture(build, folder, "place", "-O0",
                                                  where="elsewhere/deep")),
            ("optimised", leaking_capture(build, folder, "fast", "-O2")),
            ("a frame added", leaking_capture(build, folder, "frame", "-O0", "-DWRAPPED"))):
        told = track_json(build, 0, "gate", capture, "--baseline", accepted)
        states = [each["state"] for each in findings(told, "lost")]
        wanted = "moved" if name == "a frame added" else "known"
        expect(states == [wanted], f"{name}: {states}")


@case
def missing_evidence_is_four(build, folder):
    killed = leaking_capture(build, folder, "killed", "-DKILLED")
    told = track_json(build, 4, "gate", killed)
    expect(told["verdict"] == "incomplete", told["verdict"])
    expect("killed_before_still" in told["gaps"][0], told["gaps"])
    track(build, 0, "gate", killed, "--allow-incomplete", "killed_before_still")
    fine = leaking_capture(build, folder, "fine", "-DCOUNT=0")
    track(build, 0, "gate", fine, "--expect", "1")
    track(build, 4, "gate", fine, "--expect", "2")
    names = folder / "names"
    names.write_text("# ours\nserver\n")
    track(build, 0, "gate", fine, "--expect", names)
    names.write_text("server\nmissing\n")
    track(build, 4, "gate", fine, "--expect", names)
    # Left alone on request, so there is no evidence of it.
    untracked = folder / "untracked.track"
    run([build.track, "run", "--quiet", "--skip", "*/server", "-o", untracked, "--", "sh", "-c",
         f"{folder / 'src' / 'server'}; true"])
    names.write_text("server\n")
    track(build, 4, "gate", untracked, "--expect", names, "--fail-on", "mismatch")
    no_still = folder / "none.track"
    run([build.track, "run", "--quiet", "--stills", "none", "-o", no_still, "--",
         folder / "src" / "server"])
    track(build, 4, "gate", no_still)
    track(build, 0, "gate", no_still, "--allow-incomplete", "no_still")


@case
def bad_input_is_three_and_bad_usage_two(build, folder):
    capture = leaking_capture(build, folder, "it")
    broken = folder / "broken.track"
    broken.write_bytes(capture.read_bytes()[:5000])
    track(build, 3, "gate", broken)
    track(build, 2, "gate", capture, "--baseline", folder / "missing.txt")
    conflict = folder / "conflict.txt"
    conflict.write_text("libtrack-baseline 1\n<<<<<<< ours\n")
    track(build, 3, "gate", capture, "--baseline", conflict)
    track(build, 3, "baseline", "--check", conflict)
    conflict.write_text("libtrack-baseline 2\n")
    track(build, 3, "gate", capture, "--baseline", conflict)
    for words in (("--fail-on", "leaks"), ("--allow-incomplete", "much"),
                  ("--max-growth", "1k"), ("--expect", folder / "none"), ("--require", "some")):
        track(build, 2, "gate", capture, *words)
    wrong = folder / "wrong.supp"
    wrong.write_text("leak:x\nleek:y\n")
    done = run([build.track, "report", capture, "--suppressions", wrong])
    expect(done.status == 2 and b"wrong.supp:2: " in done.stderr, f"{done}")


@case
def a_baseline_is_widened_tightened_and_checked(build, folder):
    accepted = baseline_of(build, folder, leaking_capture(build, folder, "first", "-DMORE"))
    text = accepted.read_text().replace("libtrack-baseline 1\n", "libtrack-baseline 1\n# ours\n")
    accepted.write_text(text)
    more = leaking_capture(build, folder, "more", "-DCOUNT=50")
    track(build, 0, "baseline", more, "--update", accepted)
    expect("# ours" in accepted.read_text() and " 5-50 " in accepted.read_text(),
           accepted.read_text())
    track(build, 0, "gate", more, "--baseline", accepted, "--strict")
    track(build, 0, "baseline", "--check", accepted)
    track(build, 0, "baseline", more, "--tighten", accepted)
    lines = [line for line in accepted.read_text().splitlines() if " lost " in line]
    expect(len(lines) == 1 and " 50-50 " in lines[0], lines)


@case
def suppressions_are_printed_applied_and_judged(build, folder):
    capture = leaking_capture(build, folder, "it")
    lost = findings(track_json(build, 0, "report", capture), "lost")[0]
    printed = folder / "known.supp"
    printed.write_text(track(build, 0, "suppress", lost["fingerprint"], capture) +
                       "leak:nothing_like_it\n")
    told = track_json(build, 0, "gate", capture, "--suppressions", printed)
    expect([use["findings"] for use in told["suppressions"]["used"]] == [1], told["suppressions"])
    expect(len(told["suppressions"]["unused"]) == 1, told["suppressions"])
    heap = told["processes"][0]["heap"]
    expect(heap["suppressed"]["blocks"] == 5 and heap["definitely_lost"]["blocks"] == 0, heap)
    valgrind = folder / "valgrind.supp"
    valgrind.write_text(track(build, 0, "suppress", lost["fingerprint"], capture, "--syntax",
                              "valgrind"))
    track(build, 0, "gate", capture, "--suppressions", valgrind)
    stored = captured(build, folder, folder / "src" / "server", "stored", "--suppressions", printed)
    track(build, 0, "gate", stored)
    track(build, 1, "suppress", "0" * 16, capture)


@case
def differences_are_told_and_counted(build, folder):
    old = leaking_capture(build, folder, "old")
    same = leaking_capture(build, folder, "same")
    new = leaking_capture(build, folder, "new", "-DMORE", "-DCOUNT=6")
    expect(track(build, 0, "diff", old, same, "--exit-code") == "No difference.\n", "a difference")
    track(build, 0, "diff", old, new)
    told = track_json(build, 1, "diff", old, new, "--exit-code")
    states = sorted(each["state"] for each in findings(told, "lost"))
    expect(states == ["grown", "new"], states)
    back = track_json(build, 1, "diff", new, old, "--exit-code")
    states = sorted(each["state"] for each in findings(back, "lost"))
    expect(states == ["fixed", "shrunk"], states)
    report = folder / "old.json"
    track(build, 0, "report", old, "-f", "json", "-o", report)
    told = track_json(build, 1, "diff", report, new, "--exit-code")
    expect(len(findings(told, "lost")) == 2, told["findings"])


@case
def cycles_have_names_and_advice(build, folder):
    capture = captured(build, folder, compiled(folder / "src", CYCLE), "it")
    cycle = findings(track_json(build, 0, "cycles", capture), "cycle")
    expect(len(cycle) == 1, cycle)
    told = cycle[0]["cycle"]
    expect(told["count"] == 3 and told["proven"], told)
    expect(sorted(each["type"] for each in told["members"]) == ["Peer", "Session"], told["members"])
    expect(sorted(each["field"] for each in told["edges"]) == ["peer", "session"], told["edges"])
    expect([each["field"] for each in told["weaken"]] == ["session"], told["weaken"])
    track(build, 1, "gate", capture)
    text = track(build, 0, "cycles", capture)
    expect("make weak: Peer::session" in text, text)
    drawn = track(build, 0, "export", capture, "-f", "dot", "--of", cycle[0]["fingerprint"])
    expect(drawn.startswith("digraph") and "make weak" in drawn, drawn)
    way = track_json(build, 0, "why", cycle[0]["fingerprint"], capture)["ways"][0]
    expect(way["class"] == "lost", way)
    around = [(step["type"], step["field"]) for step in way["path"]]
    expect(set(around[:2]) == {("Session", "peer"), ("Peer", "session")}, around)
    expect(around[2][0] == around[0][0], around)


@case
def why_names_the_way(build, folder):
    capture = captured(build, folder, compiled(folder / "src", CYCLE), "it")
    stills = track_json(build, 0, "stills", capture)["stills"]
    expect(stills[-1]["trigger"] == "exit_end", stills)
    ways = track_json(build, 0, "why", "Table", capture)["ways"]
    root = ways[0]["path"][0]
    expect(root["kind"] == "global" and root["name"] == "g_table", ways)
    expect(any(step["field"] == "next" for way in ways for step in way["path"]), ways)
    track(build, 0, "why", "Table", f"{capture}@exit_end")
    track(build, 1, "why", "NoSuchType", capture)
    track(build, 1, "why", "Table", f"{capture}@9")
    track(build, 2, "why", "Table", f"{capture}@never")
    expect(track(build, 0, "why", "Session", capture).count("lost") >= 1, "Session is not lost")
    told = track_json(build, 0, "survivors", capture, "--retained")
    table = [each for each in told["findings"] if each["type"] == "Table"]
    expect(table and table[0]["retained_bytes"] == 16 + 16 + 1000, table)
    expect(table[0]["path"][0]["name"] == "g_table", table)
    expect(track(build, 0, "diff", f"{capture}@0", f"{capture}@last") == "No difference.\n",
           "a still differs from itself")


@case
def answers_are_what_the_schema_says(build, folder):
    try:
        import jsonschema
    except ImportError as missing:
        raise Failure("python3-jsonschema is missing: tools/packages.txt") from missing
    schema = json.loads((ROOT / "reports" / "report.schema.json").read_text())
    checker = jsonschema.Draft202012Validator(schema)
    cycle = captured(build, folder, compiled(folder / "src", CYCLE), "cycle")
    leak = leaking_capture(build, folder, "leak", where="leak")
    killed = leaking_capture(build, folder, "killed", "-DKILLED", where="killed")
    for status, *words in ((0, "report", cycle), (0, "report", cycle, "--retained"),
                           (0, "report", folder, "--show-reachable"), (0, "cycles", cycle),
                           (0, "report", folder, "--by", "module", "--source-root", folder),
                           (0, "survivors", cycle, "--by", "type"),
                           (1, "gate", cycle, leak, killed), (0, "diff", leak, cycle),
                           (0, "survivors", killed)):
        for fault in checker.iter_errors(track_json(build, status, *words)):
            raise Failure(f"track {words}: {fault.json_path}: {fault.message}")


CLASSES = re.compile(r"^track: definitely lost (.*), indirectly (.*), possibly (.*); still reachable (.*)$",
                     re.MULTILINE)
SUM = re.compile(r"[\d.]+ \w+ in (\d+) blocks?")


@case
def run_tells_the_classes_that_the_report_counts(build, folder):
    programs = ([build.programs / "demo_leaky"], ["perl", "-e", "1"], ["python3", "-c", "1"],
                ["make", "--version"])
    for command in programs:
        capture = folder / "classes.track"
        done = run([build.track, "run", "-o", capture, "--", *command])
        said = CLASSES.findall(done.stderr.decode())
        expect(len(said) == 1, f"{command}: {done.stderr.decode()}")
        heap = build.track_json("report", capture)["processes"][0]["heap"]
        kinds = ("definitely_lost", "indirectly_lost", "possibly_lost", "still_reachable")
        for text, kind in zip(said[0], kinds):
            expect(int(SUM.match(text).group(1)) == heap[kind]["blocks"],
                   f"{command}: {kind}: {said[0]}, {heap}")
        quiet = run([build.track, "run", "--quiet", "-o", capture, "--", *command])
        expect(b"track:" not in quiet.stderr, f"{quiet}")


if __name__ == "__main__":
    sys.exit(main())
