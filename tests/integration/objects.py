"""Tracked objects from a program's registry to the reports.
usage: objects.py BUILD [CASE…]
"""

import os
import signal
import sys
from pathlib import Path

from cases import case, expect, main
from harness import run
from heap_programs import baseline_of, findings, track, track_json

PROGRAM = "tracked_objects"


def recorded(build, folder, *words, program=None, options=()):
    program = program or build.programs / PROGRAM
    return build.tracked([program, *words], folder, options=options)


def groups(report):
    """Counted objects by the name of their group."""
    return {each["group"]["name"]: each["blocks"] for each in findings(report, "survivor")
            if each["tracked"]}


def only(found, what):
    expect(len(found) == 1, f"{what}: {found}")
    return found[0]


@case
def survivors_are_told_by_what_the_program_said(build, folder):
    capture = recorded(build, folder).capture
    told = track_json(build, 0, "survivors", capture, "--by", "label")
    expect(told["by"] == "label", told["by"])
    expect(groups(told) == {"of alice": 1, "of bob": 1, "lost one": 1, None: 1}, groups(told))
    expect(all(each["tracked"] for each in findings(told, "survivor")), "blocks have no label")
    told = track_json(build, 0, "survivors", capture, "--by", "tag")
    expect(groups(told) == {"import": 2, "export": 1, "start": 1}, groups(told))
    told = track_json(build, 0, "survivors", capture, "--by", "test")
    expect(groups(told) == {"login.ends": 2, None: 2}, groups(told))
    ended = only([each for each in findings(told, "survivor") if each["test"]], "of a test")
    expect(ended["test"] == "login.ends" and ended["label"] is None and ended["tag"] == "import",
           ended)
    expect(ended["type"] == "Session" and ended["bytes"] == 2 * 72, ended)
    expect(any("open_session" in (frame["function"] or "") for frame in ended["stack"]),
           ended["stack"])


@case
def by_type_each_thing_is_told_once(build, folder):
    capture = recorded(build, folder).capture
    told = findings(track_json(build, 0, "survivors", capture, "--by", "type"), "survivor")
    sums = {(each["type"], each["tracked"]): each["blocks"] for each in told}
    expect(sums.get(("Session", False)) == 3, f"three in their blocks: {sums}")
    expect(("Session", True) not in sums, f"and not a second time: {sums}")
    expect(sums.get(("Cache", True)) == 1, f"in static memory: {sums}")


@case
def objects_tell_types_without_debug_information(build, folder):
    bare = folder / PROGRAM
    done = run(["objcopy", "--strip-debug", build.programs / PROGRAM, bare])
    expect(done.status == 0, done.stderr)
    capture = recorded(build, folder, program=bare).capture
    lost = [each for each in findings(track_json(build, 0, "report", capture), "lost")
            if each["label"] == "lost one"]
    lost = only(lost, "the lost session")
    expect(lost["type"] == "Session" and lost["tag"] == "export" and not lost["tracked"], lost)
    expect("of Session" in lost["title"], lost["title"])


@case
def what_should_be_gone_is_overdue_with_who_holds_it(build, folder):
    capture = recorded(build, folder, options=["--stills", "begin,end"]).capture
    report = track_json(build, 0, "report", capture)
    late = only(findings(report, "overdue"), "overdue")
    expect(late["type"] == "Session" and late["label"] == "of alice", late)
    expect(late["blocks"] == 1 and late["bytes"] == 72 and late["tracked"], late)
    expect(late["overdue_ms"] >= 30, late["overdue_ms"])
    expect(late["title"].startswith("Session 'of alice' should have been gone "), late["title"])
    expect(late["age_ms"]["max"] >= late["overdue_ms"] + 20, late["age_ms"])
    expect(late["still"] is not None, late["still"])
    path = late["path"]
    expect(path[0]["kind"] == "global" and path[0]["name"].endswith("g_sessions"), path)
    expect(path[-1]["type"] == "Session", path)
    objects = report["processes"][0]["objects"]
    expect(objects == {"alive": 4, "overdue": 1, "dead": 1}, objects)
    text = track(build, 0, "report", capture)
    expect("overdue: should have been gone by now" in text and "g_sessions" in text, text)
    expect("4 alive, 1 of them overdue, 1 record of dead ones" in text, text)


@case
def filters_know_labels_and_tests(build, folder):
    capture = recorded(build, folder).capture
    told = findings(track_json(build, 0, "survivors", capture, "--label", "of *"), "survivor")
    expect(sorted(each["label"] for each in told) == ["of alice", "of bob"], told)
    told = findings(track_json(build, 0, "survivors", capture, "--test", "login.*", "--label",
                               "!of bob"), "survivor")
    expect([each["label"] for each in told] == ["of alice"], told)
    report = track_json(build, 0, "report", capture, "--kind", "overdue", "--label", "of bob")
    expect(not report["findings"], report["findings"])
    track(build, 2, "survivors", capture, "--by", "size")


@case
def a_killed_program_still_tells_its_objects(build, folder):
    tracked = recorded(build, folder, "kill")
    expect(tracked.outcome.status == -signal.SIGKILL, tracked.outcome)
    told = track_json(build, 0, "survivors", tracked.capture, "--by", "label")
    expect(groups(told) == {"of alice": 1, "of bob": 1, "lost one": 1, None: 1}, groups(told))
    expect(not any(each["proven"] for each in findings(told, "survivor")), "nothing is proven")
    report = track_json(build, 0, "report", tracked.capture)
    late = only(findings(report, "overdue"), "overdue")
    expect(late["label"] == "of alice" and late["path"] is None, late)
    told = findings(track_json(build, 0, "survivors", tracked.capture, "--by", "type"), "survivor")
    sums = {each["type"]: each["blocks"] for each in told if each["tracked"]}
    expect(sums == {"Session": 3, "Cache": 1}, sums)


@case
def a_child_has_its_own_objects(build, folder):
    capture = recorded(build, folder, "fork").capture
    report = track_json(build, 0, "report", capture)
    objects = {each["process"]: each["objects"]["alive"] for each in report["processes"]}
    expect(objects == {0: 4, 1: 1}, objects)
    told = findings(track_json(build, 0, "survivors", capture, "--by", "label"), "survivor")
    of_child = [each["processes"] for each in told if each["label"] == "of the child"]
    expect(of_child == [[1]], told)


@case
def handlers_of_signals_may_ask(build, folder):
    tracked = recorded(build, folder, "signals")
    expect(tracked.outcome.status == 0, tracked.outcome)
    report = track_json(build, 0, "report", tracked.capture)
    expect(report["processes"][0]["objects"]["alive"] == 4, report["processes"][0]["objects"])
    expect(not findings(report, "mismatch"), report["findings"])


@case
def a_plain_preload_keeps_them_in_its_ledger(build, folder):
    env = dict(os.environ, LD_PRELOAD=str(build.preload), TRACK_DIR=str(folder))
    done = run([build.programs / PROGRAM, "kill"], env=env)
    expect(done.status == -signal.SIGKILL, done)
    ledger = only(list(folder.glob("*.ledger")), "a ledger")
    told = track_json(build, 0, "survivors", ledger, "--by", "tag")
    expect(groups(told) == {"import": 2, "export": 1, "start": 1}, groups(told))
    rows = track(build, 0, "query", ledger,
                 "SELECT label, dead FROM v1_objects WHERE label = 'gone'")
    expect("gone" in rows and "1" in rows, rows)


@case
def the_gate_fails_on_what_is_newly_overdue(build, folder):
    capture = recorded(build, folder).capture
    late = only(findings(track_json(build, 0, "report", capture), "overdue"), "overdue")
    track(build, 1, "gate", capture, "--fail-on", "overdue")
    judged = track_json(build, 1, "gate", capture)
    expect(only(findings(judged, "overdue"), "overdue")["state"] == "new", judged["findings"])
    expect(any("overdue" in fault for fault in judged["faults"]), judged["faults"])
    accepted = baseline_of(build, folder, capture)
    expect(any(f"{late['fingerprint']} overdue" in " ".join(line.split())
               for line in accepted.read_text().splitlines()), accepted.read_text())
    track(build, 0, "gate", capture, "--baseline", accepted)
    status = run([build.track, "run", "--quiet", "-o", folder / "again.track", "--fail-on",
                  "overdue", "--", build.programs / PROGRAM]).status
    expect(status == 23, f"run --fail-on overdue: {status}")


@case
def suppressions_silence_it(build, folder):
    capture = recorded(build, folder).capture
    for line, suppressed in (("overdue:open_session", True), ("overdue:elsewhere", False),
                             ("leak:open_session", False)):
        known = Path(folder) / "known.supp"
        known.write_text(line + "\n")
        late = only(findings(track_json(build, 0, "report", capture, "--suppressions", known),
                             "overdue"), line)
        expect(late["suppressed"] is suppressed, f"{line}: {late['suppressed']}")
    printed = track(build, 0, "suppress", late["fingerprint"], capture)
    known.write_text(printed)
    late = only(findings(track_json(build, 0, "report", capture, "--suppressions", known),
                         "overdue"), "printed")
    expect(late["suppressed"], printed)


PROBED = "probed_caches"
SESSIONS = {"entries": 2000, "inserted": 4000, "evicted": 2000, "hits": 8000, "misses": 4000,
            "never_hit": None, "evicted_by_age": [0, 0, 2000, 0, 0, 0, 0, 0]}
IMAGES = {"entries": 8, "inserted": 10, "evicted": 1, "hits": 2, "misses": 1, "never_hit": 7}
GONE = {"entries": 5, "inserted": 5, "evicted": 0, "hits": 1, "misses": 0, "evicted_by_age": None}


def probes(build, capture):
    """Probed caches by name."""
    found = findings(track_json(build, 0, "caches", capture, "--all"), "cache")
    return {each["cache"]["owner"]: each for each in found
            if each["cache"]["container"] == "cache_probe"}


def expect_counts(found, name, wanted):
    told = found[name]["cache"]
    expect({key: told[key] for key in wanted} == wanted, f"{name}: {told}")


@case
def probed_caches_are_told_with_their_exact_counts(build, folder):
    capture = recorded(build, folder, program=build.programs / PROBED).capture
    found = probes(build, capture)
    expect(sorted(found) == ["gone", "images", "sessions"], found)
    for name, wanted in (("sessions", SESSIONS), ("images", IMAGES), ("gone", GONE)):
        expect_counts(found, name, wanted)
        expect(found[name]["growth"] is None and found[name]["processes"] == [0], found[name])
    expect(any("come_and_go" in (frame["function"] or "") for frame in found["gone"]["stack"]),
           found["gone"]["stack"])
    text = track(build, 0, "caches", capture, "--all")
    expect("8,000 hits, 4,000 misses, hit ratio 0.67" in text and "7 never hit" in text, text)
    listed = findings(track_json(build, 0, "caches", capture), "cache")
    expect(not any(each["cache"]["container"] == "cache_probe" for each in listed), listed)
    rows = track(build, 0, "query", capture,
                 "SELECT name, address IS NULL FROM v1_caches WHERE ended_at_ms IS NOT NULL")
    expect("gone" in rows and "images" not in rows, rows)


@case
def probed_caches_survive_a_kill(build, folder):
    tracked = recorded(build, folder, "kill", program=build.programs / PROBED)
    expect(tracked.outcome.status == -signal.SIGKILL, tracked.outcome)
    found = probes(build, tracked.capture)
    expect_counts(found, "sessions", SESSIONS)
    expect_counts(found, "images", IMAGES)


@case
def a_child_counts_for_itself(build, folder):
    capture = recorded(build, folder, "fork", program=build.programs / PROBED).capture
    rows = track(build, 0, "query", capture,
                 "SELECT process, hits FROM v1_caches WHERE name = 'sessions' ORDER BY process")
    expect([line.split() for line in rows.splitlines()[1:]] == [["0", "8000"], ["1", "7"]], rows)
    found = findings(track_json(build, 0, "caches", capture, "--all"), "cache")
    hits = {each["processes"][0]: each["cache"]["hits"] for each in found
            if each["cache"]["owner"] == "sessions"}
    expect(hits == {0: 8000, 1: 7}, hits)


if __name__ == "__main__":
    sys.exit(main())
