"""Reports for other programs: all formats of the gate in one go, `-f`, and what cannot be written.
usage: formats.py BUILD [CASE…]
"""

import json
import os
import xml.etree.ElementTree as ElementTree

from cases import case, expect, main
from harness import ROOT, run
from heap_programs import track
from making import compiled

LEAKING = """
#include <stdlib.h>
__attribute__((noinline)) static void *make(int n) { return malloc(100 + n); }
int main(void) { for (int i = 0; i < 5; ++i) if (!make(i)) return 1; return 0; }
"""
FORMATS = ("json", "sarif", "junit", "gitlab", "markdown")


def recorded(build, folder):
    program = compiled(folder, LEAKING, "leaking", "cc", "-O0")
    return build.tracked([program], folder).capture


def check_sarif(text):
    document = json.loads(text)
    expect(document["version"] == "2.1.0" and len(document["runs"]) == 1, document["version"])
    only = document["runs"][0]
    expect(only["invocations"][0]["executionSuccessful"], only["invocations"])
    lost = [each for each in only["results"] if each["ruleId"] == "lost"]
    expect(len(lost) == 1 and lost[0]["baselineState"] == "new", lost)
    expect(lost[0]["partialFingerprints"]["libtrack/v1"], lost)
    place = lost[0]["locations"][0]["physicalLocation"]
    expect(place["artifactLocation"]["uri"].endswith("leaking.c"), place)
    rule = only["tool"]["driver"]["rules"][lost[0]["ruleIndex"]]
    expect(rule["id"] == "lost", rule)


def check_junit(text):
    root = ElementTree.fromstring(text)
    failures = list(root.iter("failure"))
    expect(len(failures) == 1 and failures[0].get("type") == "lost", text)
    expect("make" in failures[0].text, failures[0].text)
    expect(sum(int(each.get("failures")) for each in root.iter("testsuite")) == 1, text)


def check_gitlab(text):
    found = [each for each in json.loads(text) if each["check_name"] == "lost"]
    expect(len(found) == 1 and found[0]["location"]["lines"]["begin"] >= 1, text)


@case
def the_gate_writes_every_format_at_once(build, folder):
    capture = recorded(build, folder)
    words = [word for each in FORMATS for word in (f"--{each}", folder / f"it.{each}")]
    summary = folder / "summary.md"
    summary.write_text("before\n")
    done = run([build.track, "gate", capture, *words, "--github"],
               env=dict(os.environ) | {"GITHUB_STEP_SUMMARY": str(summary)})
    expect(done.status == 1, done.stderr)
    texts = {each: (folder / f"it.{each}").read_text() for each in FORMATS}
    check_sarif(texts["sarif"])
    check_junit(texts["junit"])
    check_gitlab(texts["gitlab"])
    expect(json.loads(texts["json"])["verdict"] == "fail", texts["json"][:300])
    expect("FAIL" in texts["markdown"] and "leaking.c" in texts["markdown"], texts["markdown"])
    told = done.stdout.decode()
    expect("gate: FAIL" in told, "the text is there, too")
    annotations = [line for line in told.splitlines() if line.startswith("::error")]
    expect(len(annotations) == 1 and "leaking.c" in annotations[0], told)
    expect(summary.read_text().startswith("before\n") and "FAIL" in summary.read_text(),
           "what other steps wrote stays")


@case
def each_format_is_one_of_report(build, folder):
    capture = recorded(build, folder)
    for name in FORMATS:
        text = track(build, 0, "report", capture, "-f", name)
        expect(text.strip(), name)
    expect("::error" in track(build, 0, "report", capture, "-f", "github"), "annotations")
    check_junit(track(build, 0, "report", capture, "-f", "junit"))
    track(build, 2, "report", capture, "-f", "yaml")
    track(build, 2, "sites", capture, "-f", "sarif")


@case
def the_actions_script_runs_the_gate(build, folder):
    capture = recorded(build, folder)
    env = dict(os.environ) | {"TRACK": str(build.track), "TRACK_CAPTURES": str(capture),
                              "TRACK_GATE_SOURCE_ROOT": str(folder),
                              "TRACK_GATE_SARIF": str(folder / "it.sarif"),
                              "TRACK_GATE_ARGUMENTS": "--strict --limit 5"}
    script = ROOT / "tools" / "ci" / "gate.sh"
    done = run([script], env=env)
    expect(done.status == 1 and b"::error file=leaking.c" in done.stdout, done)
    check_sarif((folder / "it.sarif").read_text())
    baseline = folder / "leaks.txt"
    track(build, 0, "baseline", capture, "-o", baseline)
    done = run([script], env=env | {"TRACK_GATE_BASELINE": str(baseline)})
    expect(done.status == 0 and b"::error" not in done.stdout, done)


@case
def two_formats_do_not_share_a_file(build, folder):
    capture = recorded(build, folder)
    out = folder / "out"
    for words in (["--sarif", out, "--junit", out], ["-o", out, "--json", out],
                  ["--sarif", out, "--junit", folder / "." / "out"]):
        done = run([build.track, "gate", capture, *words])
        expect(done.status == 2 and b"a file of its own" in done.stderr, done)
        expect(not out.exists(), "nothing is written")


@case
def what_cannot_be_written_is_74(build, folder):
    capture = recorded(build, folder)
    for words in (["--sarif", folder / "absent" / "it"], ["--junit", "/dev/full"]):
        done = run([build.track, "gate", capture, *words])
        expect(done.status == 74, f"{words}: {done}")


@case
def limits_of_growth_are_sizes_a_second(build, folder):
    capture = recorded(build, folder)
    track(build, 1, "gate", capture, "--max-growth", "1k/s")
    for wrong in ("1k", "fast", "1k/m"):
        done = run([build.track, "gate", capture, "--max-growth", wrong])
        expect(done.status == 2 and b"--max-growth" in done.stderr, done)


@case
def profiles_are_gzip_and_hold_the_functions(build, folder):
    import gzip  # pylint: disable=import-outside-toplevel
    capture = recorded(build, folder)
    for by in ("leaked", "peak", "allocations", "temporary"):
        target = folder / f"{by}.pb.gz"
        track(build, 0, "export", capture, "-f", "pprof", "--by", by, "-o", target)
        plain = gzip.decompress(target.read_bytes())
        if by != "temporary":
            expect(b"make" in plain and b"leaking.c" in plain, by)


if __name__ == "__main__":
    main()
