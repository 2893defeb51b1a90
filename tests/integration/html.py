"""HTML reports: `-f html` and `gate --html`, driven in headless Chromium; whose lines of source are
put in; what is said where the page was not built.
usage: html.py BUILD [CASE…]
"""

import json
import os
import re
import shutil

from cases import Skip, case, expect, main
from harness import ROOT, run
from html_pages import LEAKING, PAGE, data_of
from making import compiled

SMALL = """
#include <stdlib.h>
__attribute__((noinline)) static void *make(int n) { return malloc(100 + n); }
int main(void) { for (int i = 0; i < 5; ++i) if (!make(i)) return 1; return 0; }
"""
HOSTILE = "</script><img src=x onerror=alert(1)>]]>%0A::error::\u202e&amp;"


def require_browser(build):
    """The page is built and there is what drives it."""
    bare = run([build.track, "report", "nothing.track", "-f", "html"]).stderr.decode()
    if "without its HTML page" in bare:
        raise Skip("this track was built without npm")
    if not shutil.which(os.environ.get("CHROMIUM", "chromium")):
        raise Skip("no chromium")


def drive(scenario, page, folder=""):
    done = run(["node", ROOT / "tests/integration/html_page.mjs", PAGE, scenario, page, folder])
    expect(done.status == 0, done.stderr.decode() + done.stdout.decode())
    return done.stdout.decode()


def written(build, page, *words, command="report"):
    done = run([build.track, command, *words, "-f", "html", "-o", page])
    expect(done.status == 0, done.stderr.decode())
    return page


def small_capture(build, folder):
    program = compiled(folder, SMALL, "leaking", "cc", "-O0")
    return build.tracked([program], folder).capture


@case
def people_find_their_way_through_a_page(build, folder):
    require_browser(build)
    program = compiled(folder, LEAKING, "leaking", "c++", "-O1")
    capture = build.tracked([program], folder, options=["--snapshot-every", "4s"]).capture
    page = written(build, folder / "it.html", capture, "--retained", "--source-root", folder,
                   "--embed-source")
    drive("all", page)


@case
def names_of_anybody_are_text(build, folder):
    require_browser(build)
    report = build.track_json("report", small_capture(build, folder))
    for finding in report["findings"]:
        finding["title"] = finding["type"] = HOSTILE
        for frame in finding["stack"]:
            frame["function"] = frame["file"] = frame["module"] = HOSTILE
    for process in report["processes"]:
        process["program"] = HOSTILE
        process["command"] = [HOSTILE]
    (folder / "hostile.json").write_text(json.dumps(report))
    page = written(build, folder / "hostile.html", folder / "hostile.json")
    expect("onerror" not in page.read_text(), "the name is in the page as it is")
    drive("hostileNamesAreText", page)


@case
def a_page_of_nothing_and_of_much_can_be_used(build, folder):
    require_browser(build)
    report = build.track_json("report", small_capture(build, folder))
    lost = report["findings"][0]
    (folder / "nothing.json").write_text(json.dumps(report | {"findings": []}))
    drive("nothingToShowIsNoTrouble",
          written(build, folder / "nothing.html", folder / "nothing.json"))
    node = {"kind": "heap", "type": "node", "field": "next", "offset": 0}
    members = [{"type": f"member{i}", "count": 1, "bytes": 16} for i in range(500)]
    edges = [{"from": i, "to": (i + 1) % 500, "field": "next", "offset": 0, "kind": "strong"}
             for i in range(500)]
    series = [[i, i, 16 * i] for i in range(200_000)]
    report["findings"] = [
        lost | {"kind": "cache", "path": [{"kind": "global", "name": "head"}, *[node] * 5000],
                "growth": {"verdict": "growing", "confidence": 1, "why": "", "series": series}},
        lost | {"kind": "overdue", "path": [node | {"type": f"node{i}"} for i in range(5000)]},
        lost | {"kind": "cycle", "cycle": {"members": members, "edges": edges, "count": 1,
                                           "proven": True, "weaken": []}},
        lost | {"stack": lost["stack"] * 500, "title": "x" * 65536}]
    (folder / "much.json").write_text(json.dumps(report))
    drive("whatIsLargeIsToldInShort", written(build, folder / "much.html", folder / "much.json"))
    text = run([build.track, "report", folder / "much.json"]).stdout.decode()
    expect("node::next, 5,000 times" in text, "the list is not one hop")
    expect(text.count("\n") < 300, f"{text.count(chr(10))} lines")


@case
def the_page_says_what_the_json_says(build, folder):
    capture = small_capture(build, folder)
    whole = build.track_json("report", capture)
    page = written(build, folder / "it.html", capture)
    data = data_of(page)
    expect(data["headline"] == "1 lost", data["headline"])
    expect(data["report"]["processes"] == whole["processes"], "processes differ")
    found, expected = data["report"]["findings"], whole["findings"]
    expect(len(found) == len(expected) > 0, f"{len(found)} of {len(expected)}")
    for one, other in zip(found, expected):
        names = [data["texts"][data["frames"][number][0]] for number in one["stack"]]
        expect(names == [frame["function"] or names[i] for i, frame in enumerate(other["stack"])],
               names)
        for key in other.keys() - {"stack", "stacks"}:
            expect(one[key] == other[key], f"{key}: {one[key]} and {other[key]}")
    totals = whole["processes"][0]["totals"]
    tree = data["charts"]["trees"][0]
    expect(tree["values"][0][0] == totals["live_bytes"], "bytes alive of the tree")
    expect(tree["values"][2][0] == totals["allocations"], "allocations of the tree")


@case
def gate_and_diff_and_the_questions_have_pages(build, folder):
    capture = small_capture(build, folder)
    page = folder / "gate.html"
    done = run([build.track, "gate", capture, "--html", page])
    expect(done.status == 1, done.stderr.decode())
    data = data_of(page)
    expect(data["outcome"] == "fail" and data["report"]["verdict"] == "fail", data["outcome"])
    expect(data["report"]["findings"][0]["state"] == "new", "no state")
    for command, words in (("diff", [capture, capture]), ("survivors", [capture]),
                           ("cycles", [capture]), ("caches", [capture])):
        written(build, folder / f"{command}.html", *words, command=command)


@case
def source_is_only_of_files_within_the_root(build, folder):
    source = folder / "source"
    source.mkdir()
    program = compiled(source, SMALL, "leaking", "cc", "-O0")
    capture = build.tracked([program], folder).capture
    words = [capture, "--source-root", source, "--embed-source"]
    sources = data_of(written(build, folder / "it.html", *words))["sources"]
    expect(len(sources) == 1 and sources[0]["file"] == "leaking.c", sources)
    line = sources[0]["lines"][sources[0]["line"] - sources[0]["first_line"]]
    expect("make" in line, line)
    secret = folder / "secret.c"
    secret.write_text("line\n" * 20)
    (source / "leaking.c").unlink()
    (source / "leaking.c").symlink_to(secret)
    expect(data_of(written(build, folder / "it.html", *words))["sources"] == [], "it was followed")
    for wrong, message in (([capture, "-f", "html", "--embed-source"], "--source-root"),
                           ([capture, "--embed-source", "--source-root", source], "HTML")):
        done = run([build.track, "report", *wrong])
        expect(done.status == 2 and message in done.stderr.decode(), done.stderr.decode())


@case
def a_track_without_npm_says_what_is_missing(build, folder):
    capture = small_capture(build, folder)
    bare = build.folder / "bin" / "track_without_page"
    for words in (["report", capture, "-f", "html"], ["gate", capture, "--html", folder / "it.html"]):
        done = run([bare, *words])
        expect(done.status == 2 and "npm ci" in done.stderr.decode(), done.stderr.decode())
        expect(done.stdout == b"" and not (folder / "it.html").exists(), "something was written")
    done = run([bare, "report", capture, "-f", "json"])
    expect(done.status == 0 and json.loads(done.stdout)["findings"], done.stderr.decode())


@case
def the_policy_names_the_only_script_and_style(build, folder):
    page = written(build, folder / "it.html", small_capture(build, folder)).read_text()
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)[1]
    expect("default-src 'none'" in policy and "unsafe" not in policy, policy)
    expect(page.count("<script>") == 1 and page.count("<style>") == 1, "more than one")
    expect(not re.search(r'(src|href)="?https?:', page), "the page asks for something else")


@case
def the_types_of_the_page_hold(_build, _folder):
    if not (PAGE / "node_modules/.bin/tsc").exists():
        raise Skip("npm ci was not run in reports/html")
    done = run(["node_modules/.bin/tsc", "--noEmit"], cwd=PAGE)
    expect(done.status == 0, done.stdout.decode())


main()
