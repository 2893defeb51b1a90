#!/usr/bin/env python3
"""The GoogleTest suites of projects that nobody here wrote, unchanged, with the leak listener and
under `track run`: what passes without it passes with it. Their sources are those of Debian, fetched by
apt-get and built here with Debian's GoogleTest; the link has one object more, which installs the
listener.
"""

import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from acceptance import harness, start

SECONDS_TO_BUILD = 3600
SECONDS_TO_RUN = 1800
# The test programs have mains of their own.
INSTALLER = """
#include <track/gtest.hpp>
static const bool installed = (track::install_leak_listener(), true);
"""


@dataclass
class Project:
    package: str
    sources: list  # globs, in the package's folder
    includes: list
    flags: str = ""
    libraries: str = "-lgtest -lpthread"
    folder: str = "."  # where the suite wants to be run


PROJECTS = [
    Project("rapidjson", ["test/unittest/*.cpp"], ["include"], "-DRAPIDJSON_HAS_STDSTRING=1",
            folder="bin"),
    Project("yaml-cpp", ["src/*.cpp", "src/contrib/*.cpp", "test/*.cpp", "test/integration/*.cpp",
                         "test/node/*.cpp"], ["include", "src", "test", "test/integration"],
            "-DYAML_CPP_STATIC_DEFINE", "-lgmock -lgtest -lpthread"),
]


def must(command, cwd=None):
    done = harness.run(command, cwd=cwd, seconds=SECONDS_TO_BUILD)
    if done.status != 0:
        raise harness.Failure(f"{command[0]} ended with {done.status}: "
                              f"{(done.stdout + done.stderr)[-3000:].decode(errors='replace')}")


class Packages:
    """Sources, from where this machine has its packages."""

    def __init__(self, folder):
        self.folder = folder
        self.words = ["-q", "-o", f"Dir::State::Lists={folder}/lists", "-o",
                      f"Dir::Etc::sourceparts={folder}/parts", "-o", "Dir::Etc::sourcelist=-",
                      "-o", "APT::Sandbox::User=root"]
        (folder / "lists" / "partial").mkdir(parents=True)
        (folder / "parts").mkdir()
        for found in [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]:
            if found.suffix in (".list", ".sources") and found.exists():
                text = re.sub(r"^(Types: *|)deb\b", r"\1deb-src", found.read_text(), flags=re.MULTILINE)
                (folder / "parts" / found.name).write_text(text)
        must(["apt-get", *self.words, "update"])

    def fetch(self, package):
        must(["apt-get", *self.words, "source", package], cwd=self.folder)
        return next(path for path in self.folder.glob(f"{package}-*") if path.is_dir())


def ninja_file(project, source, track_words):
    includes = " ".join(f"-I{source}/{each}" for each in project.includes)
    lines = ["rule compile", f"  command = g++ -g -O0 -w {project.flags} {includes} -c $in -o $out",
             "rule compile_installer", f"  command = g++ -std=c++20 {track_words[0]} -c $in -o $out",
             "rule link", f"  command = g++ $in $more {project.libraries} -o $out"]
    objects = []
    for pattern in project.sources:
        for path in sorted(source.glob(pattern)):
            objects.append(f"objects/{path.relative_to(source)}.o")
            lines.append(f"build {objects[-1]}: compile {path}")
    lines += ["build installer.o: compile_installer installer.cpp",
              f"build plain: link {' '.join(objects)}",
              f"build listening: link installer.o {' '.join(objects)}", f"  more = {track_words[1]}"]
    return "\n".join(lines) + "\n"


def built(project, source, at, build):
    """The folder with the programs `plain` and `listening`."""
    at.mkdir()
    libraries = build.folder / "lib"
    track_words = (f"-I{harness.ROOT}/libtrack/include",
                   f"-L{libraries} -Wl,-rpath,{libraries} -ltrack")
    (at / "installer.cpp").write_text(INSTALLER)
    (at / "build.ninja").write_text(ninja_file(project, source, track_words))
    must(["nice", "ninja", "-C", at])
    return at


def results_of(report):
    """{test: None, or the text of its failures}."""
    results = {}
    for suite in json.loads(report.read_text())["testsuites"]:
        for test in suite["testsuite"]:
            if test["status"] == "RUN":
                failures = [each["failure"] for each in test.get("failures", [])]
                results[f"{suite['name']}.{test['name']}"] = "\n".join(failures) or None
    return results


def check(rows, build, project, packages, at):
    source = packages.fetch(project.package)
    programs = built(project, source, at / "build", build)
    words = f"--gtest_output=json:{at}"
    cwd = source / project.folder
    plain = harness.run([programs / "plain", f"{words}/plain.json"], seconds=SECONDS_TO_RUN, cwd=cwd)
    tracked = build.tracked([programs / "listening", f"{words}/listening.json"], at,
                            seconds=SECONDS_TO_RUN, cwd=cwd).outcome
    expected, results = results_of(at / "plain.json"), results_of(at / "listening.json")
    alarms = {name: text for name, text in results.items() if text != expected.get(name, "")}
    for name, text in alarms.items():
        print(f"{project.package}: {name}: {text}", file=sys.stderr)
    notes = [line for line in tracked.stderr.decode(errors="replace").splitlines()
             if line.startswith("libtrack:")]
    for note in notes:
        print(f"{project.package}: {note}", file=sys.stderr)
    rows.add(source.name, f"{len(results)} tests, {len(alarms)} alarms, {len(notes)} notes, status "
             f"{tracked.status} (without the listener {plain.status})",
             bool(expected) and results.keys() == expected.keys() and not alarms and not notes and
             tracked.status == plain.status)


def main():
    rows, build, scratch = start("suites of other projects", __doc__)
    with scratch as folder:
        packages = Packages(Path(folder))
        for project in PROJECTS:
            at = Path(folder) / f"at-{project.package}"
            at.mkdir()
            try:
                check(rows, build, project, packages, at)
            except (harness.Failure, OSError) as failure:
                rows.add(project.package, str(failure).replace("\n", " ")[-300:], False)
    rows.end()


main()
