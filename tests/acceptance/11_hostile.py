#!/usr/bin/env python3
"""The programs that make life hard, each as its first comment says."""

from acceptance import harness, start

rows, build, _ = start("hostile", __doc__)
for folder in ("hostile", "plugins", "trees"):
    for source in sorted((harness.ROOT / "tests" / "programs" / folder).glob("*.c*")):
        if ".plugin." in source.name:
            continue
        done = harness.run(["python3", harness.ROOT / "tests" / "integration" / "programs.py",
                            "--build", build.folder, source.stem], seconds=900)
        said = (done.stdout or done.stderr).decode().strip().rpartition("\n")[2]
        rows.add(source.stem, said or "as expected", None if done.status == 77 else done.status == 0)
rows.end()
