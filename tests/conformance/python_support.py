"""What the scripted rows share: how an observation is told, and a few ways to make one.

A row hands each observation to `seen`, which raises `Unexpected` when it is not what the row of the
table says, and builds its answer from what was seen.
"""

import contextlib
import gc
import subprocess
import sys
import threading


class Unexpected(AssertionError):
    """Python did something else than the row says."""


class Thing:
    """An object that can be weakly referenced; equal to no other."""

    def __init__(self, label=""):
        self.label = label


class Equal:
    """Equal, and of equal hash, when the values are; may order too."""

    def __init__(self, value):
        self.value = value

    def __eq__(self, other):
        return isinstance(other, Equal) and self.value == other.value

    def __hash__(self):
        return hash(self.value)


def seen(value, wanted):
    """The value, which must be the wanted one and of its type."""
    if type(value) is not type(wanted) or value != wanted:
        raise Unexpected(f"saw {value!r}, not {wanted!r}")
    return value


def raised(kind, call, *arguments, **named):
    """Name of the exception that the call ends with, which must be exactly of that kind."""
    try:
        given = call(*arguments, **named)
    except Exception as error:
        return seen(type(error).__name__, kind.__name__)
    raise Unexpected(f"no {kind.__name__}: the call returned {given!r}")


def times(count):
    return "once" if count == 1 else f"{count} times"


def things(count):
    return [Thing(str(number)) for number in range(count)]


@contextlib.contextmanager
def reported():
    """A list that fills with the names of exceptions given to sys.unraisablehook meanwhile."""
    names = []
    before = sys.unraisablehook
    sys.unraisablehook = lambda report: names.append(report.exc_type.__name__)
    try:
        yield names
    finally:
        sys.unraisablehook = before


@contextlib.contextmanager
def collecting():
    """Another thread collects cyclic garbage all the while."""
    stop = threading.Event()

    def collect():
        while not stop.is_set():
            gc.collect()

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class Cyclic:
    """Dies only when the collector runs; equal by value."""

    def __init__(self, value):
        self.value = value
        self.self = self

    def __eq__(self, other):
        return isinstance(other, Cyclic) and self.value == other.value

    def __hash__(self):
        return hash(self.value)


def lines_of(script):
    """What a script prints in a python of its own, exit included; standard error is not looked at."""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False,
                          timeout=60)
    return done.stdout.split()
