#!/usr/bin/env python3
"""headers_alone.py COMPILER: each header compiles by itself, so it can be included anywhere.

Those of the public API do so by every compiler that is here, with RTTI and without, with warnings as
errors and without the other floors in reach, and include nothing but the standard library and each other (the adapters: also
their test framework).
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import sources

COMPILER = sys.argv[1]
WHERE = ("libtrack/", "reports/", "tools/")
PUBLIC = "libtrack/include/track/"
PUBLIC_ROOT = sources.ROOT / "libtrack" / "include"
NO_RTTI = "-fno-rtti"
STRICT = ("-Wall", "-Wextra", "-Wconversion", "-Wshadow", "-Wpedantic", "-Werror")
FRAMEWORKS = {"gtest.hpp": ("gtest/",), "catch2.hpp": ("catch2/",)}
STANDARD = re.compile(r"[a-z_0-9]+(?:\.h)?")
SYSTEM = ("sys/types.h",)


def error_of(header, compiler=COMPILER, root=sources.ROOT, language="c++", standard="c++20", options=()):
    done = subprocess.run(
        [compiler, f"-std={standard}", "-fsyntax-only", "-DLIBTRACK_VERSION=\"0\"", *options, "-I", str(root),
         "-include", str(header), "-x", language, "/dev/null"], capture_output=True, text=True, check=False)
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    return "" if done.returncode == 0 else (errors or ["it does not compile"])[0]


def compilers():
    """Those that are here, each once, by whatever names."""
    found = filter(None, map(shutil.which, (COMPILER, "g++", "clang++")))
    return sorted({os.path.realpath(each): each for each in found}.values())


def foreign_includes(path):
    """Of a public header: what is neither the standard library's nor of the API."""
    for number, line in enumerate(path.read_text().splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if match is None:
            continue
        quote, target = match.groups()
        allowed = ("track/", *FRAMEWORKS.get(path.name, ()))
        if quote == '"' or not (target.startswith(allowed) or STANDARD.fullmatch(target) or
                                target in SYSTEM):
            yield f"{number}: {target} is neither the standard library's nor of the API"


def is_missing_framework(error):
    return any(f"{folder}" in error and "file" in error
               for folders in FRAMEWORKS.values() for folder in folders)


def public_complaints(path):
    yield from foreign_includes(path)
    for compiler in compilers():
        for options in (STRICT, (*STRICT, NO_RTTI)):
            error = error_of(path, compiler, PUBLIC_ROOT, options=options)
            if error and not (path.name in FRAMEWORKS and is_missing_framework(error)):
                yield f"{Path(compiler).name}{' ' + NO_RTTI if NO_RTTI in options else ''}: {error}"
    if path.suffix == ".h":
        error = error_of(path, "cc", PUBLIC_ROOT, "c", "c99", STRICT)
        if error:
            yield f"cc: {error}"


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        sample = Path(folder) / "needs_more.hpp"
        sample.write_text("#pragma once\ninline std::size_t length = 0;\n")
        sources.must_complain("headers alone", error_of(sample))
        for line in ("#include <boost/stacktrace.hpp>", '#include "libtrack/base/ids.hpp"'):
            sample.write_text(f"#pragma once\n{line}\n")
            sources.must_complain("headers alone", list(foreign_includes(sample)))
        sample.write_text("#pragma once\ninline int narrow(long wide) { return wide; }\n")
        for compiler in compilers():
            sources.must_complain("headers alone", error_of(sample, compiler, folder, options=STRICT))
        sample.write_text("#pragma once\n#include <typeinfo>\ninline auto& type = typeid(int);\n")
        for compiler in compilers():
            sources.must_complain("headers alone", error_of(sample, compiler, folder, options=(NO_RTTI,)))


def complaints_of(path):
    name = sources.name_of(path)
    if name.startswith(PUBLIC):
        return [f"{name}:{each}" for each in public_complaints(path)]
    if name.startswith(WHERE) and path.suffix == ".hpp":
        error = error_of(path, options=("-I", str(PUBLIC_ROOT)))
        return [f"{name}: {error}"] if error else []
    return []


self_test()
with ThreadPoolExecutor(os.cpu_count()) as pool:
    found = pool.map(complaints_of, sources.files(".hpp", ".h"))
sources.finish("headers alone", [each for some in found for each in some])
