#!/usr/bin/env python3
"""The public C++ API under sanitizers: every test of weak references, containers, registry and tracking
allocator, built by g++ and clang++ with ThreadSanitizer and with AddressSanitizer and
UndefinedBehaviorSanitizer. The race tests among them assert that the races overlapped.
"""

import os
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from acceptance import harness, start

SOURCE = Path(__file__).resolve().parents[2]
SECONDS_TO_BUILD = 3600
SECONDS_TO_RUN = 1800
COMPILERS = {"g++": "gcc", "clang++": "clang"}
SANITIZERS = {
    "thread": "-fsanitize=thread",
    # Objects without type information, and of hidden types of other libraries, look wrong to `vptr`.
    "address, undefined": "-fsanitize=address,undefined -fno-sanitize=vptr "
                          "-fno-sanitize-recover=all "
                          "-fno-omit-frame-pointer",
}
# Tests bring an operator new of their own. clang's runtime for threads links its own before it, so
# what counts allocations or lets them fail cannot be run there.
LINKER_FLAGS = {"clang++": ["-DCMAKE_EXE_LINKER_FLAGS=-Wl,-z,muldefs"]}
NEED_OWN_NEW = ("*every_allocation*", "RegistryFailure.*", "WeakRef.R03_*", "*insertion_goes_on_when*",
                "WeakValueMap.V29_*", "Finalize.F08_closure_and_entry_go_at_once")
# Leaks are what some of the tests make on purpose; that the tool finds them is not the question here.
OPTIONS = {"ASAN_OPTIONS": "detect_leaks=0:allocator_may_return_null=1",
           "TSAN_OPTIONS": "exitcode=66", "UBSAN_OPTIONS": "print_stacktrace=1"}


def binaries():
    """The test programs of the API, as its CMake files name them."""
    folder = SOURCE / "tests/unit/weak"
    return sorted({name for each in ("CMakeLists.txt", "registry_tests.cmake")
                   for name in re.findall(r"track_weak_test\((\w+_test)",
                                          (folder / each).read_text())})


def build(folder, cxx, flags, names):
    configure = ["cmake", "-G", "Ninja", "-S", SOURCE, "-B", folder,
                 "-DCMAKE_BUILD_TYPE=RelWithDebInfo", f"-DCMAKE_CXX_COMPILER={cxx}",
                 f"-DCMAKE_C_COMPILER={COMPILERS[cxx]}", f"-DCMAKE_CXX_FLAGS={flags}",
                 f"-DCMAKE_C_FLAGS={flags}", "-DLIBTRACK_SANITIZED=ON", *LINKER_FLAGS.get(cxx, [])]
    for command in (configure, ["cmake", "--build", folder, "-j", "2", "--target", *names]):
        done = harness.run(command, seconds=SECONDS_TO_BUILD)
        if done.status != 0:
            raise harness.Failure((done.stdout + done.stderr)[-3000:].decode(errors="replace"))


def run(folder, names, without):
    """(tests that ran, tests or programs that failed)"""
    chosen = ["--gtest_filter=-" + ":".join(without)] if without else []
    ran, failed = 0, []
    for name in names:
        result = folder / f"{name}.xml"
        program = next(folder.rglob(f"bin/{name}"))
        done = harness.run([program, f"--gtest_output=xml:{result}", *chosen], seconds=SECONDS_TO_RUN,
                           env=dict(os.environ) | OPTIONS, cwd=folder)
        cases = list(ElementTree.parse(result).iter("testcase")) if result.exists() else []
        ran += sum(case.get("status") == "run" for case in cases)
        failed += [f"{case.get('classname')}.{case.get('name')}" for case in cases
                   if case.find("failure") is not None]
        if done.status != 0 and not any(case.find("failure") is not None for case in cases):
            failed.append(f"{name} ended with {done.status}: {done.stderr[-300:]!r}")
    return ran, failed


def main():
    rows, _, scratch = start("API under sanitizers", __doc__)
    names = binaries()
    with scratch as folder:
        for cxx in COMPILERS:
            for sanitizer, flags in SANITIZERS.items():
                place = Path(folder) / f"{cxx}_{sanitizer.split(',')[0]}"
                build(place, cxx, flags, names)
                ours = cxx == "g++" or sanitizer != "thread"
                ran, failed = run(place, names, () if ours else NEED_OWN_NEW)
                rows.add(f"{len(names)} test programs, {cxx}, {sanitizer}",
                         f"{ran} tests, {len(failed)} failed {' '.join(failed)}".strip(),
                         ran > 0 and not failed)
    rows.end()


if __name__ == "__main__":
    main()
