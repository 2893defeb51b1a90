#!/usr/bin/env python3
"""What other programs make of our output: profiles read by pprof and speedscope have the figures of
`track sites`; and a program with hostile symbols and paths goes through every format and is read back by
what reads such a format, with all of its findings and nothing else. With --sarif-schema FILE (the
standard's own, which no package has) the SARIF log is held against that, too.
"""

import argparse
import json
import sys
from pathlib import Path

import consumers
from acceptance import Command, Rows, harness

import hostile_program
import workflow_log

sys.path.insert(0, str(harness.ROOT / "tests" / "checks"))
import sarif_schema  # noqa: E402

FIGURES = {"peak": "peak_bytes", "allocations": "allocations", "temporary": "temporary"}
ROUNDED = 0.006  # 1.00 KB may be 1,029 bytes
FORMATS = ("json", "sarif", "junit", "gitlab", "markdown")
SCHEMA = harness.ROOT / "reports" / "report.schema.json"


def attempt(rows, name, check):
    """A row by what `check` gives back: figure and whether it is good."""
    try:
        figure, good = check()
        rows.add(name, figure, good)
    except consumers.Missing as reason:
        rows.add(name, f"skipped: {reason}", None)
    except harness.Failure as failure:
        rows.add(name, str(failure).replace("\n", " ")[-400:], False)


def expected_sums(build, capture, by):
    """{allocating function: figure} of `track sites`."""
    sums = {}
    for site in build.track_json("sites", capture, "--by", by, "--limit", "1000000")["sites"]:
        figure = site[FIGURES[by]]
        if figure > 0:
            sums[site["allocated_by"]] = sums.get(site["allocated_by"], 0) + figure
    return sums


def are_alike(rounded, expected):
    return rounded.keys() == expected.keys() and all(
        abs(rounded[key] - expected[key]) <= max(1, ROUNDED * expected[key]) for key in expected)


def exported(build, capture, kind, by, folder):
    target = folder / f"{by}.{'pb.gz' if kind == 'pprof' else 'folded'}"
    done = harness.run([build.track, "export", capture, "-f", kind, "--by", by, "-o", target])
    if done.status != 0:
        raise harness.Failure(done.stderr.decode())
    return target


def check_figures(rows, build, speedscope, name, capture, folder):
    for by in FIGURES:
        expected = expected_sums(build, capture, by)
        total = sum(expected.values())
        text = f"{total:,} in {len(expected)} functions"

        def pprof(by=by, expected=expected, text=text):
            kind, sums, _ = consumers.by_pprof(exported(build, capture, "pprof", by, folder))
            sums = {leaf: figure for leaf, figure in sums.items() if figure}
            wanted = "alloc_objects" if by == "allocations" else by
            return f"{text}, shown: {kind}", sums == expected and kind == wanted

        def renderer(kind, by=by, expected=expected, text=text):
            if speedscope is None:
                raise consumers.Missing("needs npm and chromium")
            table = speedscope.read(exported(build, capture, kind, by, folder))
            own = {leaf: figure for leaf, (_, figure) in table.items() if figure}
            exact = kind == "folded" or by != "peak"
            return (f"{text}, {len(table)} functions in its table",
                    own == expected if exact else are_alike(own, expected))

        attempt(rows, f"{name}: pprof, {by}", pprof)
        attempt(rows, f"{name}: speedscope, folded, {by}", lambda: renderer("folded"))
        attempt(rows, f"{name}: speedscope, pprof, {by}", lambda: renderer("pprof"))


def has_names(texts):
    """Whether each hostile name left its trace; the longest ones may be shortened before it."""
    marked = [text for text in texts if "owned" in text or "a" * 100 in text]
    return len(marked) >= hostile_program.FINDINGS and any("P<" in text for text in marked)


def check_hostile(rows, build, speedscope, debug, schema, folder):
    program = hostile_program.compiled(folder, debug)
    capture = build.tracked([program], folder).capture
    files = {name: folder / f"it.{name}" for name in FORMATS}
    words = [word for name, path in files.items() for word in (f"--{name}", path)]
    done = harness.run([build.track, "gate", capture, *words, "--github"])
    text = done.stdout.decode()
    controls = {char for char in text if ord(char) < 32 and char != "\n"}
    wanted = hostile_program.FINDINGS
    name = f"hostile names, {debug}"
    rows.add(f"{name}: text", f"status {done.status}, control characters: {len(controls)}",
             done.status == 1 and not controls)

    def as_json():
        faults = consumers.by_jsonschema(SCHEMA, files["json"])
        lost = [each for each in json.loads(files["json"].read_text())["findings"]
                if each["kind"] == "lost"]
        names = {each["stack"][0]["function"] for each in lost}
        kept = sum(one in names for one in hostile_program.NAMES)
        return (f"{len(lost)} findings, {kept} of {len(hostile_program.NAMES)} names as they are, "
                f"schema: {faults or 'valid'}",
                len(lost) == wanted and kept == len(hostile_program.NAMES) and not faults)

    def as_sarif():
        log = json.loads(files["sarif"].read_text())
        checker = sarif_schema.Checker()
        checker.run(log["runs"][0])
        faults = "; ".join(checker.faults[:3])
        if schema:
            faults += consumers.by_jsonschema(schema, files["sarif"])
        results = [each for each in log["runs"][0]["results"] if each["ruleId"] == "lost"]
        told = "the standard's schema" if schema else "own rules after the standard"
        return (f"{len(results)} results, {told}: {faults or 'valid'}",
                len(results) == wanted and not faults and
                has_names([each["message"]["text"] for each in results]))

    def as_junit():
        cases, tests, failures, errors = consumers.by_junitparser(files["junit"])
        return (f"{tests} tests, {failures} failures, {errors} errors",
                len(cases) == tests and failures == wanted + 1 and errors == 0 and
                has_names([each for each, _ in cases]))

    def as_gitlab():
        issues = json.loads(files["gitlab"].read_text())
        lost = [each for each in issues if each["check_name"] == "lost"]
        return (f"{len(lost)} issues", len(lost) == wanted and
                len({each["fingerprint"] for each in issues}) == len(issues) and
                has_names([each["description"] for each in lost]))

    def as_markdown():
        page = consumers.by_cmark(files["markdown"])
        bad = [part for part in ("<script", "<a href", "<img", "<failure", "<del") if part in page]
        table_rows = page.count("<tr>") - 1
        return (f"{table_rows} rows, markup of others: {bad or 'none'}",
                table_rows == wanted + 1 and not bad)

    def as_annotations():
        found = workflow_log.annotations(text)
        own = [each for each in found if each[0] == "error" and "new lost" in each[1]["title"]]
        return (f"{len(found)} commands, {len(own)} errors", len(own) == 9 and len(found) == 10 and
                all(workflow_log.unescaped(each[1]["file"]).endswith(hostile_program.FILE)
                    for each in own if debug == "-g"))

    def as_dot():
        cycle = next(each for each in json.loads(files["json"].read_text())["findings"]
                     if each["kind"] == "cycle")
        target = folder / "it.dot"
        harness.run([build.track, "export", capture, "-f", "dot", "--of", cycle["fingerprint"], "-o",
                     target])
        nodes, edges = consumers.by_dot(target)
        return f"{len(nodes)} nodes, {len(edges)} edges", bool(nodes) and bool(edges)

    def as_pprof():
        _, sums, names = consumers.by_pprof(exported(build, capture, "pprof", "leaked", folder))
        return (f"{sum(sums.values()):,} bytes, {len(names)} names",
                sums.get("malloc") == sum(range(100, 100 + wanted - 1)) + 999 and has_names(names))

    def as_folded():
        if speedscope is None:
            raise consumers.Missing("needs npm and chromium")
        table = speedscope.read(exported(build, capture, "folded", "leaked", folder))
        return (f"{table['malloc'][1]:,.0f} bytes, {len(table)} functions",
                table["malloc"][1] == sum(range(100, 100 + wanted - 1)) + 999 and has_names(table))

    for kind, check in (("JSON by jsonschema", as_json), ("SARIF", as_sarif),
                        ("JUnit by junitparser", as_junit), ("GitLab's JSON", as_gitlab),
                        ("Markdown by cmark-gfm", as_markdown), ("GitHub's log", as_annotations),
                        ("DOT by Graphviz", as_dot), ("pprof", as_pprof),
                        ("folded by speedscope", as_folded)):
        attempt(rows, f"{name}: {kind}", check)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", required=True, help="the build folder")
    parser.add_argument("--sarif-schema", help="sarif-schema-2.1.0.json")
    arguments = parser.parse_args()
    rows, build = Rows("consumers"), harness.Build(arguments.build)
    with harness.scratch() as place:
        folder = Path(place)
        try:
            (folder / "npm").mkdir()
            speedscope = consumers.Speedscope(folder / "npm")
        except (consumers.Missing, harness.Failure) as reason:
            print(f"speedscope: {reason}", file=sys.stderr)
            speedscope = None
        (folder / "in.json").write_text(json.dumps([{"id": i, "tags": ["a"] * (i % 7)}
                                                    for i in range(2000)]))
        for command in (Command("jq", ["jq", "-c", "map(.tags | length) | add", "in.json"], {}, place),
                        Command("demo", [build.programs / "demo_leaky"], {}, place)):
            at = folder / command.name
            at.mkdir()
            capture = build.tracked(command.words, at, command.environment(), cwd=place).capture
            check_figures(rows, build, speedscope, command.name, capture, at)
        for debug in ("-g", "-g0"):
            at = folder / f"hostile{debug}"
            at.mkdir()
            check_hostile(rows, build, speedscope, debug, arguments.sarif_schema, at)
    rows.end()


if __name__ == "__main__":
    main()
