#!/usr/bin/env python3
"""Test suites of real projects give the same results with and without `track run`."""

import re
from pathlib import Path

from acceptance import harness, start

PYTHON_TESTS = ("test_list", "test_threading", "test_subprocess", "test_signal", "test_fork1",
                "test_posix", "test_json", "test_os")
PYTHON_RESULT = re.compile(r"^(test\w+) \((.*?)\).*?\.\.\. (ok|FAIL|ERROR|skipped)", re.MULTILINE)
TAP_RESULT = re.compile(r"^\s*(ok|not ok) \d+ -? ?(.*)$", re.MULTILINE)
SEED = re.compile(r"seed:\d+")  # drawn anew in each run
GLIB = Path("/usr/libexec/installed-tests/glib")
GLIB_TESTS = ("array-test", "asyncqueue", "atomic", "base64", "bytes", "checksum", "collate", "cond",
              "convert", "dataset", "date", "error", "fileutils", "gdatetime", "gvariant", "hash",
              "hmac", "hook", "iochannel", "keyfile", "list", "logging", "mainloop", "mappedfile",
              "markup-parse", "mem-overflow", "mutex", "node", "once", "option-context", "private",
              "queue", "rand", "rcbox", "rec-mutex", "refcount", "regex", "rwlock", "scannerapi",
              "sequence", "shell", "slice", "slist", "sort", "spawn-multithreaded",
              "spawn-singlethread", "spawn-test", "strfuncs", "string", "thread", "thread-pool",
              "timeout", "timer", "tree", "unicode", "unix", "uri", "utf8-misc", "variant")
DBUS = Path("/usr/lib/dbus-1.0/debug-build/libexec/installed-tests/dbus")
DBUS_TESTS = ("test-assertions", "test-atomic", "test-hash", "test-header-fields", "test-loopback",
              "test-marshal", "test-message", "test-misc-internals", "test-refs",
              "test-syntax", "test-variant", "test-relay", "test-server-oom")


def python_results(outcome):
    text = (outcome.stdout + outcome.stderr).decode(errors="replace")
    return {(name, where): result for name, where, result in PYTHON_RESULT.findall(text)}


def tap_results(outcome):
    text = outcome.stdout.decode(errors="replace")
    return {SEED.sub("seed", name): result for result, name in TAP_RESULT.findall(text)}


def compare(rows, build, folder, name, command, results_of):
    """One test program with and without; a run of the native kind must itself be repeatable."""
    native = harness.run(command, seconds=900, cwd=folder)
    tracked = build.tracked(command, folder, seconds=1800, cwd=folder)
    tracked.capture.unlink(missing_ok=True)
    without, under = results_of(native), results_of(tracked.outcome)
    different = sorted(str(key) for key in without.keys() | under.keys()
                       if without.get(key) != under.get(key))
    same = not different and native.status == tracked.outcome.status
    rows.add(name, f"{len(without)} / {len(under)} results, status {native.status} / "
             f"{tracked.outcome.status} {'; '.join(different[:3])}", same and bool(under))


rows, build, scratch = start("invisible", __doc__)
with scratch as folder:
    for test in PYTHON_TESTS:
        compare(rows, build, folder, f"python3 {test}",
                ["/usr/bin/python3", "-m", "test", "-v", test], python_results)
    for project, where, tests in (("glib", GLIB, GLIB_TESTS), ("dbus", DBUS, DBUS_TESTS)):
        for test in tests:
            if (where / test).exists():
                compare(rows, build, folder, f"{project} {test}", [where / test, "--tap"], tap_results)
rows.end()
