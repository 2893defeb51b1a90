#!/usr/bin/env python3
"""HTML reports in headless Chromium: driven on a program that loses, cycles and hoards; pages of real
programs; 10,000 sites and 300,000: how large, how soon usable. Screenshots are left in the build
folder, under acceptance/html.
"""

import json
import random
import sys
import time
from pathlib import Path

from acceptance import harness, real_commands, start

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from html_pages import LEAKING, PAGE, data_of  # noqa: E402
from making import compiled  # noqa: E402

SITES = """
#include <stdlib.h>
template <int Level> __attribute__((noinline)) void descend(unsigned way);
template <int Level, bool Left> __attribute__((noinline)) void step(unsigned way) {
  descend<Level - 1>(way);
  asm volatile("");
}
void* volatile last;
template <> __attribute__((noinline)) void descend<0>(unsigned way) { last = malloc(16 + way % 64); }
template <int Level> __attribute__((noinline)) void descend(unsigned way) {
  if (way >> Level & 1) step<Level, true>(way); else step<Level, false>(way);
  asm volatile("");
}
int main(int, char** words) {
  for (unsigned i = 0; i < unsigned(atoi(words[1])); ++i) descend<19>(i * 2);
}
"""
USABLE_MS = 2000
MOST_BYTES = 20 << 20


def driven(scenario, page, shots=""):
    done = harness.run(["node", harness.ROOT / "tests/integration/html_page.mjs", PAGE, scenario,
                        page, shots], seconds=600)
    return done, done.stdout.decode().strip()


def page_of(build, capture, page, *words):
    begin = time.monotonic()
    done = harness.run([build.track, "report", capture, "-f", "html", "-o", page, *words],
                       seconds=1200)
    if done.status != 0:
        raise harness.Failure(done.stderr.decode())
    return time.monotonic() - begin


def look_at(rows, name, page, shots, seconds=None):
    done, text = driven("itIsUsableSoon", page, shots)
    if done.status != 0:
        rows.add(name, done.stderr.decode().splitlines()[0], False)
        return
    figures = json.loads(text)
    size = page.stat().st_size
    made = "" if seconds is None else f", made in {seconds:.1f} s"
    rows.add(name, f"{figures['findings']}, {size / 2**20:.1f} MiB{made}; usable after "
             f"{figures['ready_ms']} ms, search {figures['search_ms']} ms, other flame graph "
             f"{figures['flame_ms']} ms; says: {' '.join(figures['notes'])[:160]}",
             size < MOST_BYTES and figures["ready_ms"] <= USABLE_MS)


def varied_report(build, capture):
    """A report of 300,000 findings that share no name: the worst that a page can be asked for."""
    report = build.track_json("report", capture)
    numbers = random.Random(7)
    one = {key: value for key, value in report["findings"][0].items() if value is not None}
    letters = "abcdefghijklmnopqrstuvwxyz_"

    def name():
        return "".join(numbers.choices(letters, k=24))

    def varied():
        function = f"{name()}(int)"
        stack = [frame | {"function": f"{name()}(int)", "line": numbers.randrange(9000)}
                 for frame in one["stack"][:2]]
        return one | {"fingerprint": f"{numbers.getrandbits(64):016x}", "stack": stack,
                      "title": f"{numbers.randrange(10**6)} bytes lost, from malloc in {function}",
                      "bytes": numbers.randrange(10**6), "blocks": numbers.randrange(1, 10**4)}

    return report | {"findings": [varied() for _ in range(300_000)]}


def main():
    rows, build, scratch = start("HTML report", __doc__)
    shots = build.folder / "acceptance" / "html"
    shots.mkdir(parents=True, exist_ok=True)
    with scratch as name:
        folder = Path(name)
        program = compiled(folder, LEAKING, "leaking", "c++", "-O1")
        capture = build.tracked([program], folder, options=["--snapshot-every", "4s"]).capture
        page = folder / "it.html"
        page_of(build, capture, page, "--retained", "--source-root", folder, "--embed-source")
        done, _ = driven("all", page, shots)
        rows.add("search, sort, zoom, cycle, dark, deep link, keys, accessibility",
                 done.stderr.decode().strip()[:300] or "as people expect it", done.status == 0)

        for command in real_commands(folder)[:4]:
            capture = build.tracked(command.words, folder, env=command.environment(),
                                    cwd=command.cwd).capture
            seconds = page_of(build, capture, page, "--show-reachable")
            expected = build.track_json("report", capture, "--show-reachable")
            same = len(data_of(page)["report"]["findings"]) == len(expected["findings"])
            rows.add(f"{command.name}: as many findings as the JSON", len(expected["findings"]), same)
            look_at(rows, command.name, page, "", seconds)

        program = compiled(folder, SITES, "sites", "c++", "-O1", "-fno-optimize-sibling-calls")
        for sites in (10_000, 300_000):
            capture = build.tracked([program, str(sites)], folder, options=["--stills", "end"]).capture
            look_at(rows, f"{sites} sites", page, shots, page_of(build, capture, page))
        capture = build.tracked([program, "10"], folder, options=["--stills", "end"]).capture
        (folder / "varied.json").write_text(json.dumps(varied_report(build, capture), separators=(",", ":")))
        look_at(rows, "300,000 findings without a name in common", page, shots,
                page_of(build, folder / "varied.json", page))
    rows.end()


if __name__ == "__main__":
    main()
