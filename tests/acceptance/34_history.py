#!/usr/bin/env python3
"""Eleven commits of a small shop, in which leaks and cycles come, move, grow, change, shrink and go, by two
compilers with and without optimisation: at each commit the gate says what is written beside it in
history_project.py, with the baseline that a team would keep. Then how many fingerprints of one build
are those of another: of the shop, and of the corpus of leaks.
"""

from pathlib import Path

import leak_corpus
from acceptance import harness, start

from harness import Failure
from history_project import Variant, make_repository
from history_walk import JUDGED, gate, walk

VARIANTS = [Variant(compiler, level) for compiler in ("g++", "clang++") for level in ("-O0", "-O2")]


def walked(rows, build, repository, revisions, folder):
    """{variant: its steps}."""
    steps = {}
    for variant in VARIANTS:
        name = variant.name()
        steps[name] = []
        try:
            for step in walk(build, variant, repository, revisions, folder / variant.folder()):
                steps[name].append(step)
                number = len(steps[name])
                if not step.is_right():
                    rows.add(f"{name}, {number}: {step.commit.message}",
                             f"{step.told()}, expected {sorted(step.commit.expected)}", False)
        except Failure as failure:
            rows.add(f"{name}, after {len(steps[name])} commits", str(failure), False)
        right = sum(step.is_right() for step in steps[name])
        rows.add(f"gate of each commit, {name}", f"{right} of {len(revisions)} as written",
                 right == len(revisions))
    return steps


def compare_shops(rows, build, steps, folder):
    """Fingerprints of each commit by all builds, and a baseline of one build for the others."""
    first = VARIANTS[0].name()
    same = [len({tuple(sorted(each[i].fingerprints.items())) for each in steps.values()}) == 1
            for i in range(len(steps[first]))]
    rows.add("fingerprints of the shop by four builds", f"equal at {sum(same)} of {len(same)} commits",
             all(same))
    for number in (5, 8):  # all kinds of finding are there
        baseline = folder / f"first-{number}.txt"
        done = harness.run([build.track, "baseline", steps[first][number].capture, "-o", baseline])
        captures = [each[number].capture for each in steps.values()]
        status, found, _ = gate(build, captures, baseline)
        rows.add(f"commit {number + 1} of all four with the baseline of {first}",
                 f"status {status}, {sorted({state for state, _, _ in found})}",
                 done.status == status == 0 and {state for state, _, _ in found} == {"known"})


def prints_of(build, program, folder):
    """Fingerprints of what a fixture leaves; weak ones have no names to be made of."""
    marks = harness.first_comment(harness.source_of(program.name)[0])
    capture = folder / f"{program.name}.track"
    harness.run([build.track, "run", "--quiet", "-o", capture, "--", program,
                 *harness.words_of(marks, "args", build)], harness.environment_of(marks, build))
    harness.wait_for(capture, harness.Outcome(0, b"", b""))
    found = build.track_json("report", capture, "--limit", "100000")["findings"]
    return {each["fingerprint"]: each for each in found
            if each["kind"] in JUDGED and not each["weak"]}


def compare_corpus(rows, build, folder):
    """Of each program of the corpus, fingerprints by all builds against those of the first."""
    prints = {}
    for variant in VARIANTS:
        binaries = folder / f"corpus-{variant.folder()}"
        binaries.mkdir()
        c_compiler = "gcc" if variant.compiler == "g++" else "clang"
        names = leak_corpus.build(leak_corpus.Variant(
            variant.name(), c_compiler, f"{variant.compiler} -std=c++20", f"{variant.level} -g"),
            binaries)
        own = harness.Build(build.folder)
        own.programs = binaries  # plugins, too, are this variant's
        prints[variant.name()] = {name: prints_of(own, binaries / name, binaries)
                                  for name in names if not name.endswith("_clean")}
    first = prints[VARIANTS[0].name()]
    for name, programs in list(prints.items())[1:]:
        shared = sum(len(first[each].keys() & programs[each].keys()) for each in first)
        whole = sum(len(first[each].keys() | programs[each].keys()) for each in first)
        apart = sorted(each for each in first if first[each].keys() != programs[each].keys())
        rows.add(f"corpus: {name} against {VARIANTS[0].name()}",
                 f"{shared} of {whole} fingerprints in both" +
                 (f"; not in {', '.join(apart)}" if apart else ""), not apart)


def main():
    rows, build, scratch = start("history", __doc__)
    with scratch as place:
        folder = Path(place)
        repository, revisions = make_repository(folder)
        steps = walked(rows, build, repository, revisions, folder)
        if not rows.failed:
            compare_shops(rows, build, steps, folder)
        compare_corpus(rows, build, folder)
    rows.end()


if __name__ == "__main__":
    main()
