"""Cases of an integration script: a function each, `build` and a folder of its own as arguments."""

import sys
import time
import traceback
from pathlib import Path

from harness import Build, Failure, scratch

WAIT_SECONDS = 60
SKIPPED = 77
CASES = []


class Skip(Exception):
    """This machine does not allow the case; the message says why."""


def case(function):
    CASES.append(function)
    return function


def expect(holds, message):
    if not holds:
        raise Failure(message)


def wait_until(condition, message):
    end = time.monotonic() + WAIT_SECONDS
    while not condition():
        expect(time.monotonic() < end, message)
        time.sleep(0.01)


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def run_case(function, build):
    """ok, skip or FAIL."""
    with scratch() as folder:
        try:
            function(build, Path(folder))
            print(f"ok    {function.__name__}", flush=True)
            return "ok"
        except Skip as reason:
            print(f"skip  {function.__name__}: {reason}", flush=True)
            return "skip"
        except Exception:  # pylint: disable=broad-except
            print(f"FAIL  {function.__name__}\n{traceback.format_exc()}", flush=True)
            return "FAIL"


def main():
    """usage: SCRIPT BUILD [CASE…]. Ends the script; status 77: every case was skipped."""
    build = Build(sys.argv[1])
    wanted = sys.argv[2:]
    results = [run_case(function, build) for function in CASES
               if not wanted or function.__name__ in wanted]
    sys.exit(1 if "FAIL" in results or not results else 0 if "ok" in results else SKIPPED)
