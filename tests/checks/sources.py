"""What the checks look at: the project's own files, and how a check reports and tests itself."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LEFT_OUT = {"build", ".git", ".cache", "__pycache__", "node_modules"}


def files(*suffixes, root=ROOT):
    """Files below root with one of the suffixes (all of them without any), sorted."""
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - LEFT_OUT)
        found += [Path(folder) / name for name in names if not suffixes or name.endswith(suffixes)]
    return sorted(found)


def name_of(path, root=ROOT):
    return path.relative_to(root).as_posix()


def finish(what, complaints):
    """Ends the check: every complaint on a line of its own, status 1 when there is any."""
    for complaint in complaints:
        print(complaint)
    print(f"{what}: {len(complaints)} complaints" if complaints else f"{what}: fine")
    sys.exit(1 if complaints else 0)


def must_complain(what, complaints):
    """For self-tests: a check that finds nothing in a broken sample is itself broken."""
    if not complaints:
        sys.exit(f"{what}: the self-test's broken sample was not noticed")
