"""The corpus of tests/programs/leaks, built by other compilers, libraries and options."""

import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from acceptance import harness

FOLDER = harness.ROOT / "tests" / "programs"
BASES = ("totals/nothing_c.c", "totals/nothing_cpp.cpp")
BUILDERS = 2


@dataclass
class Variant:
    name: str
    c: str
    cpp: str
    flags: str
    libcxx: bool = False
    stripped: bool = False

    def command(self, source):
        return shlex.split(self.cpp if source.suffix == ".cpp" else self.c) + shlex.split(self.flags)

    def suits(self, source, marks):
        """Whether the fixture means anything in this variant: see `variants:`."""
        if self.libcxx and (source.suffix == ".c" or marks.get("variants") == "libstdc++"):
            return False
        return not ("-fno-rtti" in self.flags and source.suffix == ".c")


GCC = ("gcc", "g++ -std=c++20")
CLANG = ("clang", "clang++ -std=c++20")
LIBCXX = ("clang", "clang++ -std=c++20 -stdlib=libc++")
VARIANTS = [
    Variant("g++ -O0 -g", *GCC, "-O0 -g"),
    Variant("g++ -O2, stripped", *GCC, "-O2", stripped=True),
    Variant("g++ -O2 -g -fno-rtti", *GCC, "-O2 -g -fno-rtti"),
    Variant("clang++ -O0 -g", *CLANG, "-O0 -g"),
    Variant("clang++ -O2, stripped", *CLANG, "-O2", stripped=True),
    Variant("clang++ libc++ -O0 -g", *LIBCXX, "-O0 -g", libcxx=True),
    Variant("clang++ libc++ -O2, stripped", *LIBCXX, "-O2", libcxx=True, stripped=True),
    Variant("clang++ libc++ -O2 -g -fno-rtti", *LIBCXX, "-O2 -g -fno-rtti", libcxx=True),
]


def sources():
    return sorted([*(FOLDER / "leaks").glob("*.c"), *(FOLDER / "leaks").glob("*.cpp")])


def names_of(source, marks):
    return [source.stem, f"{source.stem}_clean"] if "clean" in marks else [source.stem]


def build_one(variant, source, clean, folder):
    marks = harness.first_comment(source)
    plugin = ".plugin." in source.name
    output = Path(folder) / (source.stem + (".so" if plugin else "_clean" if clean else ""))
    words = [*variant.command(source), "-fPIC", "-I", FOLDER, source, "-o", output,
             *shlex.split(marks.get("flags", "")), *(["-DCLEAN"] if clean else []),
             *([] if plugin else ["-Wl,--no-as-needed"]), "-ldl"]
    done = harness.run(words)
    if done.status != 0:
        raise harness.Failure(f"{source.name}: {done.stderr.decode(errors='replace')}")
    if variant.stripped:
        subprocess.run(["strip", "--strip-all" if not plugin else "--strip-unneeded", output],
                       check=True)


def build(variant, folder):
    """The names of the fixtures that this variant has, built into the folder."""
    wanted = [*sources(), *(FOLDER / base for base in BASES)]
    names, jobs = [], []
    with ThreadPoolExecutor(BUILDERS) as builders:
        for source in wanted:
            marks = harness.first_comment(source)
            base = source.parent.name != "leaks" or ".plugin." in source.name
            if base or variant.suits(source, marks):
                twins = [False, True] if "clean" in marks else [False]
                jobs += [builders.submit(build_one, variant, source, clean, folder)
                         for clean in twins]
                names += [] if base else names_of(source, marks)
        for job in jobs:
            job.result()
    return names
