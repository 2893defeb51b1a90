"""Rows R01 to R27: the reference itself."""

import gc
import sys
import unittest.mock
import weakref

from python_support import Equal, Thing, raised, reported, seen, times


def R01():
    """The ref of a live object gives that same object."""
    for target in (Thing(), len, Thing):
        seen(weakref.ref(target)() is target, True)
    return "ref() is the object, for an instance, a built-in function and a class"


def R02():
    """The ref of a dead object gives None, for ever."""
    target = Thing()
    first, second = weakref.ref(target), weakref.ref(target, lambda ref: None)
    seen(first() is None or second() is None, False)
    del target
    answers = {ref() for ref in (first, second) for _ in range(5)}
    return f"10 calls after death: {seen(answers, {None})}"


def R03():
    """A ref keeps nothing alive."""
    target = Thing()
    before = sys.getrefcount(target)
    ref = weakref.ref(target)
    added = seen(sys.getrefcount(target) - before, 0)
    del target
    return f"references added: {added}; after del the object is gone: {seen(ref() is None, True)}"


def R04():
    """repr of a ref never fails, live or dead."""

    class Wild(dict):
        def __getattr__(self, name):
            return self[name]

    wild, target = Wild(), Thing()
    ref = weakref.ref(target)
    seen("Wild" in repr(weakref.ref(wild)), True)
    seen("Thing" in repr(ref) and "0x" in repr(ref), True)
    del target
    return f"live: type and address; dead: says dead ({seen('dead' in repr(ref), True)})"


def R05():
    """A callback runs exactly once, at death."""
    calls = []
    target = Thing()
    ref = weakref.ref(target, calls.append)
    before = seen(len(calls), 0)
    del target
    gc.collect()
    seen(calls == [ref], True)
    return f"callback ran {times(seen(len(calls), 1))}, {before} times before death"


def R06():
    """Every ref's callback runs."""
    calls = []
    target = Thing()
    refs = [weakref.ref(target, calls.append) for _ in range(5)]
    del target
    seen({id(ref) for ref in refs} == {id(ref) for ref in calls}, True)
    return f"{len(refs)} refs, {seen(len(calls), 5)} callbacks, each with its own ref"


def R07():
    """The newest registration runs first, finalizers included."""
    order = []
    target = Thing()
    first = weakref.ref(target, lambda ref: order.append("ref 1"))
    weakref.finalize(target, order.append, "finalizer 2")
    third = weakref.ref(target, lambda ref: order.append("ref 3"))
    del target
    seen(first() is None and third() is None, True)
    return ", ".join(seen(order, ["ref 3", "finalizer 2", "ref 1"]))


def R08():
    """All refs are dead before the first callback runs."""
    states = []
    refs = []
    target = Thing()
    for _ in range(3):
        refs.append(weakref.ref(target, lambda ref: states.append([each() for each in refs])))
    refs.append(weakref.ref(target))
    del target
    live = sum(state is not None for each in states for state in each)
    return f"{seen(len(states), 3)} callbacks saw {seen(live, 0)} live refs"


def R09():
    """No callback for a ref that is gone."""
    calls = []
    target = Thing()
    ref = weakref.ref(target, calls.append)
    seen(weakref.getweakrefcount(target), 1)
    del ref
    del target
    return f"ref dropped before death: callback ran {times(seen(len(calls), 0))}"


def R10():
    """None for a callback is no callback; there are no keyword arguments."""
    target = Thing()
    same = seen(weakref.ref(target, None) is weakref.ref(target), True)
    kind = raised(TypeError, weakref.ref, target, callback=lambda ref: None)
    return f"ref(x, None) is ref(x): {same}; callback=…: {kind}"


def R11():
    """An exception in a callback is reported, not propagated; the others still run."""
    calls = []

    def fail(ref):
        raise ZeroDivisionError

    target = Thing()
    refs = [weakref.ref(target, calls.append), weakref.ref(target, fail),
            weakref.ref(target, calls.append)]
    with reported() as reports:
        del target
    seen(len(refs), 3)
    return (f"reported: {', '.join(seen(reports, ['ZeroDivisionError']))}; "
            f"others run: {seen(len(calls), 2)}")


def R12():
    """A callback that handles an exception of its own leaves the one in flight alone."""
    calls = []

    def careful(ref):
        try:
            raise ValueError
        except ValueError:
            calls.append(ref)

    def body():
        target = Thing()
        ref = weakref.ref(target, careful)
        try:
            raise KeyError(ref)
        finally:
            del target

    return f"{raised(KeyError, body)} arrives, after {seen(len(calls), 1)} callback"


def R13():
    """Refs without callback are one object."""
    target = Thing()
    ref = weakref.ref(target)
    seen(weakref.ref(target, lambda ref: None) is ref, False)
    return f"ref(x) is ref(x): {seen(weakref.ref(target) is ref, True)}"


def R14():
    """Proxies without callback are one object."""
    target = Thing()
    proxy = weakref.proxy(target)
    seen(weakref.proxy(target, lambda ref: None) is proxy, False)
    return f"proxy(x) is proxy(x): {seen(weakref.proxy(target) is proxy, True)}"


def R15():
    """getweakrefcount counts the shared ref once and the others each."""
    target = Thing()
    none = seen(weakref.getweakrefcount(target), 0)
    held = [weakref.ref(target), weakref.ref(target)]
    shared = seen(weakref.getweakrefcount(target), 1)
    held += [weakref.ref(target, lambda ref: None), weakref.proxy(target)]
    return (f"{none} at first, {shared} with two plain refs, "
            f"{seen(weakref.getweakrefcount(target), 3)} with a callback's and a proxy too")


def R16():
    """Dropped refs leave the count."""
    target = Thing()
    held = [weakref.ref(target), weakref.ref(target, lambda ref: None), weakref.proxy(target)]
    before = seen(weakref.getweakrefcount(target), 3)
    held.clear()
    return f"{before}, and {seen(weakref.getweakrefcount(target), 0)} when dropped"


def R17():
    """getweakrefs lists them."""
    target = Thing()
    plain, other = weakref.ref(target), weakref.ref(target, lambda ref: None)
    listed = weakref.getweakrefs(target)
    seen({id(ref) for ref in listed} == {id(plain), id(other)}, True)
    return f"{seen(len(listed), 2)} refs listed"


def R18():
    """What cannot be weakly referenced."""
    count, listed = seen(weakref.getweakrefcount(1), 0), seen(weakref.getweakrefs(1), [])
    return f"int: count {count}, list {listed}, ref {raised(TypeError, weakref.ref, 1)}"


def R19():
    """Live refs are equal when the referents are."""
    one, same, other = Equal(1), Equal(1), Equal(2)
    equal = seen(weakref.ref(one) == weakref.ref(same), True)
    return f"equal referents: {equal}; unequal: {seen(weakref.ref(one) == weakref.ref(other), False)}"


def R20():
    """Dead refs are equal when they are the same ref."""
    one, same = Equal(1), Equal(1)
    first, second = weakref.ref(one), weakref.ref(same)
    seen(first == second, True)
    del one, same
    return f"itself: {seen(first == first, True)}; another: {seen(first == second, False)}"


def R21():
    """A ref is unequal to what is no ref; a reflected == is honoured."""
    target = Thing()
    ref = weakref.ref(target)
    other = seen(ref == target, False)
    return f"ref == object: {other}; ref == mock.ANY: {seen(ref == unittest.mock.ANY, True)}"


def R22():
    """No order, live or dead."""

    class Ordered(Equal):
        def __lt__(self, other):
            return self.value < other.value

    one, two = Ordered(1), Ordered(2)
    seen(one < two, True)
    first, second = weakref.ref(one), weakref.ref(two)
    live = raised(TypeError, lambda: first < second)
    del one, two
    return f"<: {live} live, {raised(TypeError, lambda: first < second)} dead"


def R23():
    """The hash is the referent's, and stays."""
    target = Equal(41)
    ref = weakref.ref(target)
    live = seen(hash(ref), hash(target))
    del target
    return f"hash(ref) is hash(x), after death the same: {seen(hash(ref) == live, True)}"


def R24():
    """The first hash after death is refused."""
    target = Thing()
    ref = weakref.ref(target)
    del target
    return f"first hash after death: {raised(TypeError, hash, ref)}"


def R25():
    """__callback__ can be read."""
    target = Thing()
    plain, other = weakref.ref(target), weakref.ref(target, print)
    callback = seen(other.__callback__ is print, True)
    del other
    return (f"given: the function ({callback}); "
            f"none: {seen(plain.__callback__, None)}")


def R26():
    """The callback is dropped after death."""
    held = Thing("in the closure")
    watcher = weakref.ref(held)
    target = Thing()
    ref = weakref.ref(target, lambda ref, held=held: None)
    del held
    seen(watcher() is None, False)
    del target
    return (f"__callback__: {seen(ref.__callback__, None)}; "
            f"closure freed: {seen(watcher() is None, True)}")


def R27():
    """The callback cannot be changed."""
    target = Thing()
    ref = weakref.ref(target, lambda ref: None)
    return f"assignment: {raised(AttributeError, setattr, ref, '__callback__', None)}"
