#!/usr/bin/env python3
"""Every mismatch of the corpus is found, none of its twins or of ten real programs has any."""

import subprocess
import sys

from acceptance import harness, real_commands, start

PROGRAMS = harness.ROOT / "tests" / "integration" / "programs.py"


def passes(build, name):
    return subprocess.run([sys.executable, PROGRAMS, "--build", build.folder, name],
                          check=False).returncode == 0


rows, build, scratch = start("mismatches", __doc__)
corpus = sorted(path.stem for path in (harness.ROOT / "tests" / "programs" / "mismatch").glob("*.cpp"))
for twin in ("", "_clean"):
    good = [name for name in corpus if passes(build, name + twin)]
    rows.add("clean twins" if twin else "corpus", f"{len(good)} of {len(corpus)} as expected",
             len(good) == len(corpus))
with scratch as folder:
    for command in real_commands(folder):
        tracked = build.read(build.tracked(command.words, folder, command.environment(),
                                           cwd=command.cwd))
        tracked.capture.unlink()
        titles = [each["title"] for each in tracked.report["findings"] if each["kind"] == "mismatch"]
        rows.add(command.name, f"{len(titles)} mismatches {'; '.join(titles[:3])}", not titles)
rows.end()
