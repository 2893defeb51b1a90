#!/usr/bin/env python3
"""consumer.py BUILD [CASE…]: tests/consumer, and the quick start of the README, are built against
the installed package in a prefix that has been moved, by find_package and by pkg-config.
"""

import functools
import os
import re
import shlex
import shutil
import sys
import tempfile
from pathlib import Path

from cases import Skip, case, expect, main
from harness import ROOT, run

SOURCE = ROOT / "tests" / "consumer"
FOLDERS = []  # gone with the process
PRINTED = b"alive 42, 1 in the set\ndead\n"


def must(command, env=None, cwd=None):
    done = run(command, env, cwd=cwd)
    expect(done.status == 0, f"{' '.join(map(str, command))} ended with {done.status}: "
                             f"{done.stdout.decode()}{done.stderr.decode()}")
    return done.stdout


@functools.cache
def installed(build):
    """One prefix for all cases, moved after the installation."""
    folder = tempfile.TemporaryDirectory(prefix="track-test-")
    FOLDERS.append(folder)
    must(["cmake", "--install", build.folder, "--prefix", f"{folder.name}/before"])
    os.rename(f"{folder.name}/before", f"{folder.name}/prefix")
    return Path(folder.name) / "prefix"


def library_folder(prefix):
    return next(prefix.rglob("libtrack.so")).parent


def environment(prefix):
    folder = library_folder(prefix)
    return {**os.environ, "PKG_CONFIG_PATH": str(folder / "pkgconfig"),
            "LD_LIBRARY_PATH": str(folder)}


def pkg_config(prefix, *words):
    if not shutil.which("pkg-config"):
        raise Skip("pkg-config is not there (Debian package pkg-config)")
    return shlex.split(must(["pkg-config", *words, "libtrack"], environment(prefix)).decode())


def needs_library(program):
    return b"libtrack.so" in must(["readelf", "-d", program])


def adapters_of(prefix):
    return [name for name in ("gtest", "catch2") if list(prefix.rglob(f"libtrack_{name}_targets.cmake"))]


def configure(prefix, folder, *options):
    return run(["cmake", "-S", SOURCE, "-B", folder, f"-DCMAKE_PREFIX_PATH={prefix}", *options])


@case
def find_package_shared_static_and_header_only(build, folder):
    prefix = installed(build)
    adapters = adapters_of(prefix)
    done = configure(prefix, folder, f"-DCONSUMER_COMPONENTS={';'.join(adapters)}")
    expect(done.status == 0, done.stderr.decode())
    must(["cmake", "--build", folder])
    for name, shared in (("with_shared", True), ("with_static", False)):
        expect(must([folder / name]) == PRINTED, f"{name} prints something else")
        expect(needs_library(folder / name) == shared, f"{name}: shared or static, the wrong way round")
    expect(must([folder / "with_snapshot"]) == b"still 0\n", "with_snapshot prints something else")
    expect(not needs_library(folder / "with_snapshot"), "a header alone needs the library")
    for name in adapters:
        must([folder / f"with_{name}"])


@case
def find_package_knows_versions_and_components(build, folder):
    prefix = installed(build)
    for words in ("9.0 REQUIRED", "0.1 REQUIRED COMPONENTS command nonsense"):
        (folder / "CMakeLists.txt").write_text(
            "cmake_minimum_required(VERSION 3.25)\nproject(it LANGUAGES NONE)\n"
            f"find_package(libtrack {words})\n")
        done = run(["cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={prefix}"])
        expect(done.status != 0 and b"libtrack" in done.stderr, f"find_package(libtrack {words}) passed")


@case
def each_component_can_be_installed_alone(build, folder):
    for name in ("runtime", "development"):
        must(["cmake", "--install", build.folder, "--prefix", folder / "prefix", "--component", name])
    expect(not list((folder / "prefix").rglob("libtrack_preload.so")), "the preload came along")
    done = configure(folder / "prefix", folder / "build")
    expect(done.status == 0, done.stderr.decode())


@case
def pkg_config_shared(build, folder):
    prefix = installed(build)
    flags = pkg_config(prefix, "--cflags", "--libs")
    expect(any(str(prefix) in flag for flag in flags), f"the .pc file is of another prefix: {flags}")
    for compiler in ("g++", "clang++"):
        if shutil.which(compiler):
            must([compiler, "-std=c++20", SOURCE / "consumer.cpp", *flags, "-o", folder / "it"])
            expect(must([folder / "it"], environment(prefix)) == PRINTED, "it prints something else")
            expect(needs_library(folder / "it"), "it is not linked to the shared library")


@case
def pkg_config_static(build, folder):
    prefix = installed(build)
    archive = pkg_config(prefix, "--variable=archive")
    flags = [flag for flag in pkg_config(prefix, "--static", "--cflags", "--libs") if flag != "-ltrack"]
    must(["g++", "-std=c++20", SOURCE / "consumer.cpp", *archive, *flags, "-o", folder / "it"])
    expect(must([folder / "it"]) == PRINTED, "it prints something else")
    expect(not needs_library(folder / "it"), "it needs the shared library")


@case
def quick_start_of_the_readme(build, folder):
    """The C++ block, built and run by the commands that stand below it, prints what stands there."""
    prefix = installed(build)
    readme = (ROOT / "README.md").read_text()
    section = readme.split("## For programs that can be changed")[1].split("\n## ")[0]
    program = re.search(r"```cpp\n(.*?)```", section, re.DOTALL).group(1)
    commands, printed = re.search(r"```\n\$ (.*?)\n(.*?)```", section, re.DOTALL).groups()
    expect(len(program.splitlines()) <= 25, "the quick start is not short")
    pkg_config(prefix, "--exists")
    (folder / "quick.cpp").write_text(program)
    out = must(["sh", "-ec", commands], environment(prefix), cwd=folder).decode()
    expect(out == printed, f"it prints:\n{out}the README says:\n{printed}")


if __name__ == "__main__":
    sys.exit(main())
