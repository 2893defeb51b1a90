"""Rows R28 to R42: what death does, and subclasses of the reference."""

import gc
import threading
import weakref

from python_support import Thing, Unexpected, raised, seen


def R28():
    """A callback may free objects and run the collector."""
    order = []
    inner, outer = Thing(), Thing()
    held = [inner]
    del inner

    def free(ref):
        order.append("outer begins")
        held.clear()
        gc.collect()
        order.append("outer ends")

    refs = [weakref.ref(held[0], lambda ref: order.append("inner")), weakref.ref(outer, free)]
    del outer
    seen(len(refs), 2)
    return ", ".join(seen(order, ["outer begins", "inner", "outer ends"]))


def R29():
    """The collector frees cycles; a callback that is part of the garbage does not run."""
    calls = []
    one, two = Thing(), Thing()
    one.peer, two.peer = two, one
    one.ref = weakref.ref(two, calls.append)
    watcher = weakref.ref(one)
    del one, two
    held = seen(watcher() is not None, True)
    gc.collect()
    return f"held before the collector: {held}; after: {seen(watcher() is not None, False)}; " \
           f"callbacks of the garbage: {seen(len(calls), 0)}"


def R30():
    """No callback brings an object back."""
    seen_by = []
    one, two = Thing("1"), Thing("2")
    for mine, peer in ((one, two), (two, one)):
        mine.peer = peer
        mine.ref = weakref.ref(peer, lambda ref, mine=mine: seen_by.append(mine))
    outside = weakref.ref(one, lambda ref: seen_by.append(ref()))
    del one, two, mine, peer
    gc.collect()
    return f"what callbacks could reach: {seen(seen_by, [None])}; ref: {seen(outside(), None)}"


def R31():
    """Collections while refs and proxies are made are harmless."""
    before = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    made = 0
    try:
        for _ in range(200):
            target = Thing()
            target.self = target
            for make in (weakref.ref, weakref.proxy):
                held = [make(target), make(target, lambda ref: None)]
                made += held[0] is not held[1] and weakref.getweakrefcount(target) == len(held)
                del held
    finally:
        gc.set_threshold(*before)
    return f"{seen(made, 400)} pairs made with a collection at every allocation"


def R32():
    """A ref made in __del__ is safe, and dead afterwards."""
    refs = []

    class Target:
        def __del__(self):
            refs.append(weakref.ref(self))

    target = Target()
    del target
    gc.collect()
    return f"{seen(len(refs), 1)} ref made in __del__, afterwards {seen(refs[0](), None)}"


def R33():
    """Bad arguments are refused."""
    target = Thing()
    kinds = {raised(TypeError, weakref.ref), raised(TypeError, weakref.ref, target, None, None),
             raised(TypeError, weakref.ref, 1)}
    return f"none, three, not referenceable: {', '.join(kinds)}"


def R34():
    """Classes, functions and methods can be weakly referenced."""
    target = Thing()

    class Local:
        def method(self):
            return 1

    def function():
        return 1

    for each in (Local, function):
        seen(weakref.ref(each)() is each, True)
    local = Local()
    seen(local.method(), 1)
    seen(weakref.ref(target)() is target, True)
    return f"class and function: live; bound method: {seen(weakref.ref(local.method)(), None)} at once"


def R35():
    """A long chain of deaths with callbacks is safe."""
    table = weakref.WeakKeyDictionary()
    calls = []
    root = link = Thing()
    refs = [weakref.ref(root, calls.append)]
    for _ in range(100):
        table[link] = link = Thing()
        refs.append(weakref.ref(link, calls.append))
    del link
    before = seen(len(table), 100)
    del root
    return (f"{before} entries, {seen(len(calls), 101)} deaths and callbacks, "
            f"{seen(len(table), 0)} entries left")


def R37():
    """__del__ runs first and its refs are still live; then callbacks."""
    order = []
    refs = []

    class Target:
        def __del__(self):
            order.append("__del__ with a live ref" if refs[0]() is self else "__del__ with a dead ref")

    target = Target()
    refs.append(weakref.ref(target, lambda ref: order.append("callback")))
    del target
    return ", ".join(seen(order, ["__del__ with a live ref", "callback"]))


class Labelled(weakref.ref):
    """A ref that carries something."""

    def __new__(cls, target, callback=None, label=""):
        return super().__new__(cls, target, callback)

    def __init__(self, target, callback=None, label=""):
        super().__init__(target, callback)
        self.label = label


def R38():
    """A subclass's refs carry data, and outlive the object with it."""
    target = Thing()
    ref = Labelled(target, label="data")
    seen(ref() is target, True)
    del target
    return f"after death: {seen(ref(), None)}, label {seen(ref.label, 'data')}"


def R39():
    """A subclass's ref does not stand in for the standard one."""
    target = Thing()
    own = Labelled(target)
    plain = weakref.ref(target)
    seen(own is plain, False)
    seen(weakref.ref(target) is plain, True)
    first = weakref.getweakrefs(target)[0]
    return f"ref(x) is of {seen(type(plain) is weakref.ref, True) and 'the plain class'}, " \
           f"and listed first: {seen(first is plain, True)}"


def R40():
    """Each subclass ref has its own callback."""
    calls = []
    target = Thing()
    one = Labelled(target, lambda ref: calls.append(1))
    two = Labelled(target, lambda ref: calls.append(2))
    seen(one is two, False)
    del target
    return f"own callbacks ran: {seen(sorted(calls), [1, 2])}"


def R41():
    """A ref that owns its referent: dropping it calls nothing."""
    calls = []
    target = Thing()
    watcher = weakref.ref(target)
    ref = Labelled(target, calls.append)
    ref.owned = target
    del target
    seen(watcher() is None, False)
    del ref
    gc.collect()
    return f"object gone: {seen(watcher() is None, True)}, callbacks: {seen(len(calls), 0)}"


def R42():
    """Take the strong reference, then test: with deaths on another thread it is never half."""
    wrong = []
    for _ in range(200):
        held = [Thing("whole")]
        ref = weakref.ref(held[0])
        start = threading.Barrier(2)

        def kill(held=held, start=start):
            start.wait()
            held.clear()

        thread = threading.Thread(target=kill)
        thread.start()
        start.wait()
        while thread.is_alive():
            target = ref()
            if target is not None and target.label != "whole":
                wrong.append(target)
            del target
        thread.join()
        if ref() is not None:
            raise Unexpected("a dead ref came back")
    return f"200 races: {seen(len(wrong), 0)} objects that were not whole"
