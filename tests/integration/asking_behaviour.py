"""What `track run` makes of findings, and how reports are asked: sums, sources.
usage: asking_behaviour.py BUILD [CASE…]
"""

import os
import signal
import sys

from cases import case, expect, main
from harness import run
from heap_programs import (CYCLE, LEAKING, captured, compiled, findings, leaking_capture, track,
                           track_json)


@case
def run_fails_on_what_is_lost(build, folder):
    program = compiled(folder / "src", LEAKING)
    for kinds, status in (("lost", 23), ("cycle", 0), ("cycle,lost", 23), ("possibly_lost", 0)):
        done = run([build.track, "run", "--quiet", "-o", folder / "it.track", "--fail-on", kinds,
                    "--", program])
        expect(done.status == status, f"{kinds}: {done.status} {done.stderr}")
    done = run([build.track, "run", "--quiet", "-o", folder / "it.track", "--fail-on", "lost", "--",
                compiled(folder / "killed", LEAKING, "-DKILLED")])
    expect(done.status == 23, f"incomplete evidence: {done.status}")
    expect(done.status != -signal.SIGKILL, "ended as the program did")


@case
def run_takes_the_status_that_is_asked_for(build, folder):
    program = compiled(folder / "src", LEAKING)
    capture = folder / "it.track"

    def status_of(*options):
        return run([build.track, "run", "--quiet", "-o", capture, *options, "--", program]).status

    expect(status_of("--fail-on", "lost", "--error-exitcode", "7") == 7, "not 7")
    expect(status_of("--fail-on", "mismatch", "--error-exitcode", "7") == 0, "no mismatch is there")
    expect(status_of("--fail-on", "survivor", "--error-exitcode", "7") == 7, "survivors are there")
    expect(status_of("--fail-on", "lost", "--stills", "none") == 23, "no evidence is no proof")
    expect(status_of("--fail-on", "lost", "--error-exitcode", "0") == 0, "0 is a status, too")
    expect(status_of("--fail-on", "leaks") == 2 and status_of("--fail-on", "caches") == 2,
           "unknown kinds are usage")
    clean = compiled(folder / "clean", LEAKING, "-DCOUNT=0")
    done = run([build.track, "run", "--quiet", "-o", capture, "--fail-on",
                "lost,cycle,possibly_lost,mismatch,incomplete", "--", clean])
    expect(done.status == 0, f"nothing is lost: {done}")


@case
def suppressions_of_run_are_those_of_its_capture(build, folder):
    program = compiled(folder / "src", LEAKING)
    known = folder / "known.supp"
    known.write_text("leak:make_session\n")
    capture = folder / "it.track"
    options = ["--quiet", "-o", capture, "--suppressions", known]
    done = run([build.track, "run", *options, "--fail-on", "lost", "--", program])
    expect(done.status == 0, f"what is suppressed is no fault: {done}")
    released = compiled(folder / "released", "int main() { delete new char[9]; }\n")
    for pattern, status in (("mismatch:main", 0), ("mismatch:elsewhere", 23), ("leak:main", 23)):
        other = folder / "mismatches.supp"
        other.write_text(pattern + "\n")
        done = run([build.track, "run", "--quiet", "-o", folder / "m.track", "--suppressions", other,
                    "--fail-on", "mismatch", "--", released])
        expect(done.status == status, f"{pattern}: {done}")
    known.unlink()
    told = track_json(build, 0, "report", capture)
    expect([each["suppressed"] for each in findings(told, "lost")] == [True], told["findings"])
    expect(told["suppressions"]["used"][0]["name"] == "leak:make_session", told["suppressions"])
    expect(told["processes"][0]["heap"]["suppressed"]["blocks"] == 5, told["processes"])
    track(build, 0, "gate", capture)
    done = run([build.track, "run", *options, "--", program])
    expect(done.status == 125 and b"known.supp" in done.stderr, f"a missing file: {done}")
    known.write_text("leek:make_session\n")
    done = run([build.track, "run", *options, "--", program])
    expect(done.status == 125 and b"known.supp:1: " in done.stderr, f"a line that is none: {done}")


@case
def what_a_program_tells_leaksanitizer_counts(build, folder):
    suppressing = compiled(folder / "suppressing", LEAKING + """
extern "C" const char* __lsan_default_suppressions() { return "leak:make_session\\n"; }
""", "-rdynamic")
    told = track_json(build, 0, "report", captured(build, folder, suppressing, "suppressing"))
    expect([each["suppressed"] for each in findings(told, "lost")] == [True], told["findings"])
    mistaken = compiled(folder / "mistaken", LEAKING + """
extern "C" const char* __lsan_default_suppressions() { return "leek:make_session\\n"; }
""", "-rdynamic")
    done = run([build.track, "report", captured(build, folder, mistaken, "mistaken")])
    expect(b"the program's own suppressions" in done.stderr and b"lost" in done.stdout, f"{done}")
    silent = compiled(folder / "silent", LEAKING + """
extern "C" int __lsan_is_turned_off() { return 1; }
""", "-rdynamic")
    capture = captured(build, folder, silent, "silent")
    told = track_json(build, 0, "report", capture)
    track(build, 4, "gate", capture)
    codes = [each["code"] for each in told["processes"][0]["quality"]["reasons"]]
    expect(codes == ["leak_check_off"] and told["stills"] == [], f"{codes}")


@case
def the_options_of_leaksanitizer_count(build, folder):
    program = compiled(folder / "src", LEAKING)
    known = folder / "known.supp"
    known.write_text("leak:make_session\n")

    def status_of(options, *more):
        return run([build.track, "run", "--quiet", "-o", folder / "it.track", "--fail-on", "lost", *more,
                    "--", program], env={**os.environ, "LSAN_OPTIONS": options}).status

    expect(status_of("verbosity=1:exitcode=7") == 7, "the exit code")
    expect(status_of("exitcode=7", "--error-exitcode", "9") == 9, "our own option wins")
    expect(status_of(f"suppressions='{known}' exitcode=7") == 0, "the suppressions")
    expect(status_of("exitcode=many") == 125, "no exit code")
    expect(status_of(f"suppressions={folder}/missing") == 125, "no such file")


@case
def findings_are_summed_up_by_what_is_asked_for(build, folder):
    capture = captured(build, folder, compiled(folder / "src", CYCLE), "it")
    whole = findings(track_json(build, 0, "survivors", capture, "--show-reachable"), "survivor")
    for by in ("site", "type", "module"):
        told = track_json(build, 0, "survivors", capture, "--show-reachable", "--by", by)
        sums = findings(told, "survivor")
        expect(told["by"] == by and sums, told)
        for what in ("blocks", "bytes"):
            expect(sum(each[what] for each in sums) == sum(each[what] for each in whole),
                   f"--by {by}: other {what} in sum")
        names = [(each["group"]["name"], each["owner"]) for each in sums]
        expect(by == "site" or len(set(names)) == len(names), names)
        track(build, 0, "report", capture, "--by", by)
        track(build, 0, "cycles", capture, "--by", by)
    types = {each["type"]: each["blocks"] for each in findings(track_json(
        build, 0, "survivors", capture, "--by", "type"), "survivor")}
    expect((types["Session"], types["Peer"], types["Table"]) == (3, 3, 2), types)
    modules = {each["group"]["name"] for each in findings(track_json(
        build, 0, "survivors", capture, "--by", "module"), "survivor")}
    expect(modules == {"server"}, modules)
    track(build, 0, "survivors", capture, "--by", "label")
    track(build, 2, "survivors", capture, "--by", "size")
    summed = folder / "types.json"
    track(build, 0, "report", capture, "--by", "type", "-f", "json", "-o", summed)
    track(build, 3, "gate", summed)


@case
def sources_are_found_where_they_are(build, folder):
    capture = leaking_capture(build, folder, "it")
    sources = folder.resolve() / "src"
    lost = findings(track_json(build, 0, "report", capture), "lost")[0]
    expect(lost["location"]["file"] == str(sources / "server.cpp"), lost["location"])
    lost = findings(track_json(build, 0, "report", capture, "--source-root", sources), "lost")[0]
    expect(lost["location"]["file"] == "server.cpp", lost["location"])
    expect(lost["location"]["function"].startswith("make_session"), lost["location"])
    moved = track_json(build, 0, "report", capture, "--path-map", f"{sources}=/mine/it",
                       "--source-root", "/mine")
    lost = findings(moved, "lost")[0]
    expect(lost["location"]["file"] == "it/server.cpp", lost["location"])
    expect(lost["stack"][0]["file"] == "/mine/it/server.cpp", lost["stack"])
    expect("(it/server.cpp:" in lost["title"], lost["title"])
    text = track(build, 0, "report", capture, "--source-root", sources)
    expect("\n  in server.cpp:" in text, text)
    lost = findings(track_json(build, 0, "report", capture, "--source-root", "/nowhere"), "lost")[0]
    expect(lost["location"] is None, lost["location"])
    sites = track(build, 0, "sites", capture, "--path-map", f"{sources}=/mine", "--file",
                  "/mine/*")
    expect("/mine/server.cpp" in sites, sites)
    report = folder / "it.json"
    track(build, 0, "report", capture, "-f", "json", "-o", report)
    lost = findings(track_json(build, 0, "report", report, "--path-map", f"{sources}=/x"), "lost")[0]
    expect(lost["stack"][0]["file"] == "/x/server.cpp", lost["stack"])
    track(build, 2, "report", capture, "--path-map", "nothing")
    track(build, 2, "sites", capture, "--source-root", sources)


if __name__ == "__main__":
    sys.exit(main())
