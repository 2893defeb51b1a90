"""Rows F and X: finalizers, and recipes of the documentation."""

import gc
import os
import tempfile
import weakref

from python_support import Thing, lines_of, raised, reported, seen, things, times


def F01():
    """A call runs the function once and gives its result; later calls give None."""
    calls = []

    def work(number):
        calls.append(number)
        return 2 * number

    target = Thing()
    finalizer = weakref.finalize(target, work, 21)
    first = seen(finalizer(), 42)
    later = {finalizer(), finalizer()}
    del target
    return f"first call {first}, later {seen(later, {None})}, function ran {times(seen(len(calls), 1))}"


def F02():
    """It runs at the object's death if it has not run."""
    calls = []
    target = Thing()
    weakref.finalize(target, calls.append, "ran")
    before = seen(len(calls), 0)
    del target
    return f"before death {before}, after {seen(len(calls), 1)}"


def F03():
    """detach gives the parts and ends it."""
    calls = []
    target = Thing()
    finalizer = weakref.finalize(target, calls.append, 1)
    parts = finalizer.detach()
    seen(parts[0] is target and parts[1:] == (calls.append, (1,), {}), True)
    again = seen(finalizer.detach(), None)
    del target, parts
    return f"object, function, arguments; again {again}; function ran {times(seen(len(calls), 0))}"


def F04():
    """peek gives the parts and changes nothing."""
    calls = []
    target = Thing()
    finalizer = weakref.finalize(target, calls.append, 1, )
    parts = finalizer.peek()
    seen(parts[0] is target and parts[2] == (1,), True)
    del parts
    alive = seen(finalizer.alive, True)
    del target
    return (f"alive after peek: {alive}; ran at death: {seen(len(calls), 1)}; "
            f"then peek {seen(finalizer.peek(), None)}")


def F05():
    """alive."""
    targets = things(3)
    run, dead, cut = (weakref.finalize(target, int) for target in targets)
    before = seen((run.alive, dead.alive, cut.alive), (True, True, True))
    run()
    del targets[1]
    cut.detach()
    after = seen((run.alive, dead.alive, cut.alive), (False, False, False))
    return f"{before[0]} at first; {after[0]} after call, death, detach"


def F06():
    """A finalizer outlives its handle."""
    calls = []
    target = Thing()
    finalizer = weakref.finalize(target, calls.append, 1)
    seen(finalizer.alive, True)
    del finalizer
    gc.collect()
    del target
    return f"handle dropped: ran {times(seen(len(calls), 1))}"


def F07():
    """At death the newest runs first, without those detached or called."""
    calls = []
    target = Thing()
    finalizers = [weakref.finalize(target, calls.append, number) for number in range(5)]
    finalizers[1].detach()
    finalizers[3]()
    seen(calls, [3])
    calls.clear()
    del target
    return f"of 0 to 4, 1 detached, 3 called: {seen(calls, [4, 2, 0])}"


def F08():
    """Function and arguments are released after running."""
    target, argument = Thing(), Thing()
    watcher = weakref.ref(argument)
    finalizer = weakref.finalize(target, lambda held: None, argument)
    del argument
    held = seen(watcher() is not None, True)
    del target
    seen(finalizer.alive, False)
    return f"argument held before: {held}; after: {seen(watcher() is not None, False)}"


AT_EXIT = """
import sys, weakref
class Thing: pass
kept = [Thing() for _ in range(4)]
def say(text): print(text, flush=True)
def fail(): raise ZeroDivisionError
sys.excepthook = lambda kind, *rest: say("reported:" + kind.__name__)
"""


def at_exit(script):
    """Lines printed by finalizers at the exit of a python that runs the script."""
    return lines_of(AT_EXIT + script)


def F09():
    """At exit they run, the newest first."""
    lines = at_exit("for n, each in enumerate(kept): weakref.finalize(each, say, n)\n")
    return f"created 0 to 3, ran {' '.join(seen(lines, ['3', '2', '1', '0']))}"


def F10():
    """With atexit false it does not run at exit."""
    lines = at_exit("for n, each in enumerate(kept): weakref.finalize(each, say, n).atexit = n != 2\n")
    return f"of 0 to 3, 2 with atexit false, ran {' '.join(seen(lines, ['3', '1', '0']))}"


def F11():
    """An exception at exit is reported and the rest run."""
    lines = at_exit("weakref.finalize(kept[0], say, 'first'); weakref.finalize(kept[1], fail)\n"
                    "weakref.finalize(kept[2], say, 'third')\n")
    return " ".join(seen(lines, ["third", "reported:ZeroDivisionError", "first"]))


def F12():
    """A finalizer made during exit runs next."""
    lines = at_exit("weakref.finalize(kept[0], say, 'oldest')\n"
                    "weakref.finalize(kept[1], lambda: (say('maker'),\n"
                    "                                   weakref.finalize(kept[2], say, 'made')))\n")
    return " ".join(seen(lines, ["maker", "made", "oldest"]))


def F13():
    """After the exit phase nothing runs."""
    # What is registered before the first finalizer runs after them.
    lines = at_exit("import atexit\n"
                    "def late():\n"
                    "    f = weakref.finalize(kept.pop(), say, 'late')\n"
                    "    say('dead' if f() is None else 'alive')\n"
                    "atexit.register(late)\n"
                    "weakref.finalize(kept[0], say, 'exit')\n")
    return f"after the exit phase a new one, called: {seen(lines, ['exit', 'dead'])[1]}"


def failing():
    raise ZeroDivisionError


def F14():
    """An explicit call lets the exception out, and is dead afterwards."""
    target = Thing()
    finalizer = weakref.finalize(target, failing)
    kind = raised(ZeroDivisionError, finalizer)
    return f"{kind}; alive: {seen(finalizer.alive, False)}; again: {seen(finalizer(), None)}"


def F15():
    """An exception at death is reported and goes no further."""
    calls = []
    target = Thing()
    weakref.finalize(target, calls.append, 1)
    weakref.finalize(target, failing)
    with reported() as reports:
        del target
    return (f"reported: {', '.join(seen(reports, ['ZeroDivisionError']))}; "
            f"the other ran: {seen(len(calls), 1)}")


def F16():
    """Arguments are forwarded, the names obj and func too; wrong ones are refused."""
    calls = []
    target = Thing()
    finalizer = weakref.finalize(target, lambda *given, **named: (given, sorted(named)), 1,
                                 obj=2, func=3, self=4)
    calls.append(finalizer())
    kinds = {raised(TypeError, weakref.finalize), raised(TypeError, weakref.finalize, target)}
    return (f"got {seen(calls[0], ((1,), ['func', 'obj', 'self']))[1]}; "
            f"none, no function: {', '.join(kinds)}")


def F17():
    """A finalizer whose function owns the object keeps it alive."""
    target = Thing()
    watcher = weakref.ref(target)
    finalizer = weakref.finalize(target, lambda held: None, target)
    del target
    gc.collect()
    leaked = seen(watcher() is not None, True)
    finalizer.detach()
    return f"alive though dropped: {leaked}; freed by detach: {seen(watcher() is None, True)}"


def F18():
    """At exit a finalizer of an object that is still alive runs; the object is not destroyed for it."""
    lines = at_exit("ref = weakref.ref(kept[0])\n"
                    "weakref.finalize(kept[0], lambda: say('alive' if ref() is kept[0] else 'dead'))\n")
    return f"finalizer ran, object {seen(lines, ['alive'])[0]}"


def F20():
    """repr, live and dead."""
    target = Thing()
    finalizer = weakref.finalize(target, int)
    live = seen("Thing" in repr(finalizer) and "dead" not in repr(finalizer), True)
    finalizer()
    return f"live: names the object ({live}); after: dead ({seen('dead' in repr(finalizer), True)})"


def X01():
    """The public names are there."""
    wanted = ("ref proxy getweakrefcount getweakrefs WeakKeyDictionary ReferenceType ProxyType "
              "CallableProxyType ProxyTypes WeakValueDictionary WeakSet WeakMethod finalize").split()
    missing = [name for name in wanted if not hasattr(weakref, name) or name not in weakref.__all__]
    return f"{len(wanted)} names, missing: {seen(len(missing), 0)}"


def X02():
    """From an id to its object, as long as it lives."""
    table = weakref.WeakValueDictionary()
    target = Thing()
    number = id(target)
    table[number] = target
    found = seen(table[number] is target, True)
    del target
    return f"found by id: {found}; after death: {raised(KeyError, lambda: table[number])}"


class Folder:
    """The documentation's TempDir."""

    def __init__(self):
        self.path = tempfile.mkdtemp()
        self._finalizer = weakref.finalize(self, os.rmdir, self.path)

    def remove(self):
        self._finalizer()

    @property
    def removed(self):
        return not self._finalizer.alive


def X03():
    """A temporary folder that goes by hand, or with its object."""
    by_hand, dropped = Folder(), Folder()
    paths = by_hand.path, dropped.path
    seen(all(os.path.isdir(path) for path in paths) and not by_hand.removed, True)
    by_hand.remove()
    removed = seen(by_hand.removed and not os.path.exists(paths[0]), True)
    del dropped
    return (f"removed by hand: {removed}; "
            f"with its object: {seen(os.path.exists(paths[1]), False) is False}")
