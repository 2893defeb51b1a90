#!/usr/bin/env python3
"""install.py BUILD: what `cmake --install` puts into a prefix works there, and where it is moved to.
"""

import os
import sys
from pathlib import Path

from harness import Build, Failure, run, scratch

WANTED = ("bin/track", "lib/libtrack/libtrack_preload.so", "lib/libtrack.so", "lib/libtrack.a",
          "lib/pkgconfig/libtrack.pc", "include/track/snapshot.h", "include/track/weak_ref.hpp",
          "include/track/detail/life.hpp", "share/man/man1/track.1", "share/man/man1/track-run.1",
          "share/bash-completion/completions/track", "share/zsh/site-functions/_track")


def install(build, prefix):
    done = run(["cmake", "--install", build.folder, "--prefix", prefix])
    if done.status != 0:
        raise Failure(f"cmake --install ended with {done.status}: {done.stderr.decode()}")
    for name in WANTED:
        # Some systems put the packages' files into lib/TRIPLET.
        if not list(prefix.glob(name)) and not list(prefix.glob(name.replace("lib/", "lib/*/"))):
            raise Failure(f"{name} is not installed")


def check(prefix, folder):
    """Tracks a program by the installed command alone."""
    track, preload = prefix / "bin" / "track", prefix / "lib" / "libtrack" / "libtrack_preload.so"
    env = {"PATH": "/usr/bin:/bin", "HOME": str(folder)}
    done = run([track, "run", "--quiet", "-o", folder / "it.track", "--", "/bin/cat",
                "/proc/self/maps"], env, cwd=folder)
    if done.status != 0 or str(preload).encode() not in done.stdout:
        raise Failure(f"track run ended with {done.status}, {preload} loaded: "
                      f"{str(preload).encode() in done.stdout}: {done.stderr.decode()}")
    report = run([track, "report", folder / "it.track"], env, cwd=folder)
    if report.status != 0:
        raise Failure(f"track report ended with {report.status}: {report.stderr.decode()}")
    done = run([track, "doctor", "--self-test"], env, cwd=folder)
    if done.status != 0:
        raise Failure(f"track doctor --self-test: {done.stdout.decode()}{done.stderr.decode()}")


def main():
    build = Build(sys.argv[1])
    with scratch() as name:
        folder = Path(name).resolve()
        install(build, folder / "prefix")
        check(folder / "prefix", folder)
        os.rename(folder / "prefix", folder / "moved")
        check(folder / "moved", folder)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(failure)
        sys.exit(1)
