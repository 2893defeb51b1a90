"""Containers that only take in, from a program to `track caches`, `report`, `gate` and `diff`.
usage: caches.py BUILD [CASE…]
"""

import os
from concurrent.futures import ThreadPoolExecutor

import cache_programs
import harness
from cases import case, expect, main
from harness import run
from heap_programs import track, track_json

AT_ONCE = 4
MS = 2500
# One of each kind of container and owner; the whole corpus is an acceptance script's.
CHOSEN = ["cache_map", "cache_global_destructor", "cache_lru", "cache_nested_member", "cache_several",
          "cache_hash_table", "cache_vector_values", "cache_sawtooth", "cache_stops_half_way",
          "cache_thread_local", "cache_slow_leak", "cache_deque"]


def built(folder, name, clean=False):
    source = next(each for each in cache_programs.sources("caches") if each.stem == name)
    return cache_programs.build_program(source, cache_programs.Variant("-O1 -g"), clean, folder)


def recorded(build, folder, name, clean=False, options=()):
    """A capture, and what the program says of itself."""
    program = built(folder, name, clean)
    tracked = build.tracked([program], folder, env=dict(os.environ) | {"PACE_MS": str(MS)},
                            options=options)
    return tracked.capture, cache_programs.truth_of(tracked.outcome.stdout)


def of_kind(report, kind):
    return [each for each in report["findings"] if each["kind"] == kind]


@case
def containers_are_flagged_with_owner_and_counts_and_their_clean_twins_are_not(build, folder):
    sources = {each.stem: each for each in cache_programs.sources("caches")}
    jobs = [(sources[name], clean) for name in CHOSEN for clean in (False, True)]
    variant = cache_programs.Variant("-O1 -g")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(lambda job: cache_programs.judge(
            build, job[0], variant, job[1], folder, ms=MS), jobs))
    for each in outcomes:
        titles = [finding["title"] for finding in each.findings()]
        expect(each.is_right(), f"{each.name}: flagged {each.flagged}, but {titles}")
        if each.flagged:
            expect(each.named(), f"{each.name}: {each.owners} is not named in {titles}")
            expect(each.counts_agree() is not False, f"{each.name}: {each.truth}: {titles}")


@case
def every_command_tells_the_same(build, folder):
    capture, truth = recorded(build, folder, "cache_map")
    for command in ("caches", "report"):
        found = of_kind(track_json(build, 0, command, capture), "cache")
        expect([each["cache"]["owner"] for each in found] == ["g_sessions"], found)
    cache = found[0]["cache"]
    expect(cache["entries"] == truth["entries"] and cache["evicted"] == 0, cache)
    growth = found[0]["growth"]
    expect(growth["verdict"] == "growing" and growth["confidence"] > 0.9, growth)
    expect(growth["series"][-1][1] <= truth["entries"], growth["series"])
    expect(found[0]["path"][0]["name"] == "g_sessions", found[0]["path"])
    expect(found[0]["retained_bytes"] > found[0]["bytes"], "strings are kept, too")
    text = track(build, 0, "caches", capture)
    for words in ("g_sessions", "std::map<long, std::string>", "remedy:", "none evicted", "held by"):
        expect(words in text, f"{words} is not in\n{text}")
    way = track_json(build, 0, "why", found[0]["fingerprint"], capture)["ways"][0]
    expect(way["class"] == "reachable" and way["path"] == found[0]["path"], way)


@case
def all_containers_are_listed_on_request(build, folder):
    capture, truth = recorded(build, folder, "cache_map", clean=True,
                              options=["--stills", "begin,end"])
    expect(not of_kind(track_json(build, 0, "caches", capture), "cache"), "it is bounded")
    found = of_kind(track_json(build, 0, "caches", capture, "--all"), "cache")
    found = [each for each in found if each["cache"]["owner"] == "g_sessions"]
    expect(len(found) == 1 and found[0]["growth"]["verdict"] == "not_growing", found)
    cache = found[0]["cache"]
    expect((cache["entries"], cache["inserted"], cache["evicted"]) ==
           (truth["entries"], truth["inserted"], truth["evicted"]), f"{cache} {truth}")


@case
def gate_and_suppressions_know_them(build, folder):
    capture, _ = recorded(build, folder, "cache_map")
    track(build, 0, "gate", capture)
    track(build, 1, "gate", capture, "--fail-on", "cache")
    known = folder / "known.supp"
    known.write_text("cache:g_sessions\n")
    told = track_json(build, 0, "caches", capture, "--suppressions", known)
    expect(all(each["suppressed"] for each in of_kind(told, "cache")), told["findings"])
    track(build, 0, "gate", capture, "--fail-on", "cache", "--suppressions", known)


@case
def two_moments_differ_by_what_grew(build, folder):
    capture, _ = recorded(build, folder, "cache_map", options=["--snapshot-every", "600ms"])
    stills = track_json(build, 0, "stills", capture)["stills"]
    expect(len(stills) >= 4, stills)
    told = track_json(build, 0, "diff", f"{capture}@1", f"{capture}@3")
    grown = [each for each in told["findings"] if each["state"] == "grown"]
    expect(grown, [(each["kind"], each["state"], each["title"]) for each in told["findings"]])
    found = of_kind(track_json(build, 0, "caches", f"{capture}@3"), "cache")
    whole = of_kind(track_json(build, 0, "caches", capture), "cache")
    expect(found and found[0]["cache"]["entries"] < whole[0]["cache"]["entries"], found)


@case
def without_a_collector_growth_is_unknown(build, folder):
    program = built(folder, "cache_map")
    done = run([program], cwd=folder, env=dict(os.environ) | {
        "PACE_MS": "600", "LD_PRELOAD": str(build.preload), "TRACK_DIR": str(folder)})
    expect(done.status == 0, done.stderr)
    ledger = next(folder.glob("*.ledger"))
    report = harness.json.loads(run([build.track, "caches", ledger, "-f", "json"]).stdout)
    expect(not of_kind(report, "cache") and not of_kind(report, "growth"), report["findings"])
    codes = [each["code"] for each in report["processes"][0]["quality"]["reasons"]]
    expect("no_collector" in codes, codes)


if __name__ == "__main__":
    main()
