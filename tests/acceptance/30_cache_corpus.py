#!/usr/bin/env python3
"""Containers that only take in, and their clean twins: whom `track caches` flags, whether it names
owner and container, and whether its counts are the program's own; built by several compilers and
options. The second corpus was written from the contract alone.
"""

import sys
from concurrent.futures import ThreadPoolExecutor

from acceptance import harness, start

import cache_programs
from cache_programs import Variant

AT_ONCE = 6
VARIANTS = [
    Variant("g++ -O1 -g"),
    Variant("g++ -O2 -flto -g", flags="-O2 -flto -g"),
    Variant("clang++ -O2 -g", "clang", "clang++ -std=c++20", "-O2 -g"),
    Variant("clang++ libc++ -O1 -g", "clang", "clang++ -std=c++20 -stdlib=libc++", "-O1 -g"),
]


def share(part, whole):
    return f"{part} of {whole}" + (f" ({100 * part / whole:.0f} %)" if whole else "")


def summarize(rows, name, outcomes, must):
    """Rows of one corpus in one variant. `must`: misses are failures."""
    flagged = [each for each in outcomes if each.flagged]
    found = [each for each in flagged if each.findings()]
    false_alarms = [each for each in outcomes if not each.flagged and each.findings()]
    for each in [*(one for one in flagged if not one.findings()), *false_alarms]:
        what = ", ".join(finding["title"] for finding in each.findings()) or "nothing found"
        print(f"  {name}: {each.name}: {what}", file=sys.stderr)
    for each in found:
        if each.named() is None or each.counts_agree() is False or each.container_agrees() is False:
            said = [(one["kind"], one["cache"] and {key: one["cache"][key] for key in (
                "owner", "container", "entries", "inserted", "evicted")}) for one in each.findings()]
            print(f"  {name}: {each.name}: {each.truth} but {said}", file=sys.stderr)
    positives = len(found) + len(false_alarms)
    rows.add(f"{name}: recall", share(len(found), len(flagged)),
             len(found) == len(flagged) if must else None)
    rows.add(f"{name}: precision", share(len(found), positives),
             not false_alarms if must else None)
    named = [each for each in found if each.named()]
    rows.add(f"{name}: owner named", share(len(named), len(found)), None)
    for what, ask in (("container named", "container_agrees"), ("counts right", "counts_agree")):
        answers = [getattr(each, ask)() for each in named]
        known = [answer for answer in answers if answer is not None]
        rows.add(f"{name}: {what}", share(sum(known), len(known)), None)


def judge_all(build, variant, jobs, folder):
    place = harness.Path(folder) / variant.name.replace(" ", "_")
    place.mkdir(exist_ok=True)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(
            lambda job: cache_programs.judge(build, job[0], variant, job[1], place), jobs))


def main():
    rows, build, scratch = start("caches", __doc__)
    twins = [(source, clean) for source in cache_programs.sources("caches")
             for clean in (False, True)]
    with scratch as folder:
        for variant in VARIANTS:
            jobs = [job for job in twins
                    if "libc++" not in variant.name or job[0].suffix == ".cpp"]
            summarize(rows, f"corpus, {variant.name}",
                      judge_all(build, variant, jobs, folder), must=True)
        blind = [(source, False) for source in cache_programs.sources("caches_blind")]
        variant = Variant("blind -O2 -g", flags="-O2 -g")
        summarize(rows, "blind corpus, g++ -O2 -g", judge_all(build, variant, blind, folder),
                  must=False)
    rows.end()


if __name__ == "__main__":
    main()
