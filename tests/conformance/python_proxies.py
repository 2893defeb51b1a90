"""Rows P and M: proxies and weak methods."""

import gc
import operator
import weakref

from python_support import Equal, Thing, Unexpected, raised, seen, times


def P01():
    """Attributes are read, written and deleted through the proxy."""
    target = Thing("old")
    proxy = weakref.proxy(target)
    read = seen(proxy.label, "old")
    proxy.label = "new"
    wrote = seen(target.label, "new")
    del proxy.label
    return f"read {read}, wrote {wrote}, deleted: {seen(hasattr(target, 'label'), False) is False}"


def P02():
    """Use of a dead proxy raises ReferenceError."""
    target = Thing()
    proxy = weakref.proxy(target)
    del target
    return f"dead: {raised(ReferenceError, getattr, proxy, 'label')}"


def P03():
    """A proxy takes a callback."""
    calls = []
    target = Thing()
    proxy = weakref.proxy(target, calls.append)
    del target
    seen(calls[0] is proxy, True)
    return f"proxy's callback ran {times(seen(len(calls), 1))}"


def P04():
    """repr of a proxy works when it is dead."""
    target = Thing()
    proxy = weakref.proxy(target)
    live = seen("Thing" in repr(proxy), True)
    del target
    return (f"live: names the type ({live}); "
            f"dead: no error ({seen(repr(proxy).startswith('<weakproxy'), True)})")


def P05():
    """bool of a proxy is bool of its object."""

    class Box(list):
        pass

    empty, full = Box(), Box([1])
    return (f"empty: {seen(bool(weakref.proxy(empty)), False)}; "
            f"full: {seen(bool(weakref.proxy(full)), True)}")


def P06():
    """A callable's proxy forwards the call, and its errors."""

    class Twice:
        def __call__(self, number):
            return 2 * number

    twice = Twice()
    proxy = weakref.proxy(twice)
    result = seen(proxy(21), 42)
    return f"proxy(21): {result}; bad arity: {raised(TypeError, proxy)}"


def P07():
    """Items, slices, in, len and del go through."""

    class Box(list):
        pass

    box = Box([10, 20, 30, 40])
    proxy = weakref.proxy(box)
    item, part, inside = seen(proxy[1], 20), seen(proxy[1:3], [20, 30]), seen(40 in proxy, True)
    del proxy[0]
    return f"[1]: {item}, [1:3]: {part}, in: {inside}, len after del: {seen(len(proxy), 3)}"


def P08():
    """Numeric and index operators go through."""

    class Number:
        def __floordiv__(self, other):
            return f"{other} below"

        def __rfloordiv__(self, other):
            return f"{other} above"

        def __matmul__(self, other):
            return f"matrix {other}"

        def __neg__(self):
            return "negative"

        def __index__(self):
            return 10

    number = Number()
    proxy = weakref.proxy(number)
    return (f"p // 2: {seen(proxy // 2, '2 below')}, 2 // p: {seen(2 // proxy, '2 above')}, "
            f"p @ 3: {seen(proxy @ 3, 'matrix 3')}, -p: {seen(-proxy, 'negative')}, "
            f"index: {seen(operator.index(proxy), 10)}")


def P09():
    """An in-place operator binds the name to its result."""

    class Number:
        def __ifloordiv__(self, other):
            return f"divided by {other}"

    number = Number()
    proxy = weakref.proxy(number)
    seen(isinstance(proxy, weakref.ProxyTypes), True)
    proxy //= 5
    return f"after p //= 5 the name is: {seen(proxy, 'divided by 5')}"


def P10():
    """str and bytes go through."""

    class Text:
        def __str__(self):
            return "text"

        def __bytes__(self):
            return b"bytes"

    text = Text()
    proxy = weakref.proxy(text)
    return f"str: {seen(str(proxy), 'text')}, bytes: {seen(proxy.__bytes__().decode(), 'bytes')}"


def P11():
    """The object may die inside a call that the proxy forwards."""
    held = []

    class Fragile:
        def __iter__(self):
            held.clear()
            return iter(("last",))

    held.append(Fragile())
    proxy = weakref.proxy(held[0])
    found = seen("last" in proxy, True)
    return f"the call ended: {found}; afterwards: {raised(ReferenceError, iter, proxy)}"


def P12():
    """next goes through; a non-iterator is refused."""

    class Source:
        def __iter__(self):
            return self

        def __next__(self):
            return "item"

    source, plain = Source(), Thing()
    item = seen(next(weakref.proxy(source)), "item")
    return f"next: {item}; not an iterator: {raised(TypeError, next, weakref.proxy(plain))}"


def P13():
    """reversed goes through."""

    class Box(list):
        def __reversed__(self):
            return iter(("own", "reversed"))

    box = Box()
    return f"reversed: {' '.join(seen(list(reversed(weakref.proxy(box))), ['own', 'reversed']))}"


def P14():
    """A proxy has no hash, though its object has."""
    target = Thing()
    seen(isinstance(hash(target), int), True)
    return f"hash: {raised(TypeError, hash, weakref.proxy(target))}"


def P15():
    """== of a proxy compares the objects."""
    one, same, other = Equal(1), Equal(1), Equal(2)
    proxy = weakref.proxy(one)
    seen(proxy is one, False)
    return f"equal object: {seen(proxy == same, True)}; other: {seen(proxy == other, False)}"


def P16():
    """The kinds of proxy have names."""
    target = Thing()
    plain, callable_one = weakref.proxy(target), weakref.proxy(seen)
    seen(type(plain) is weakref.ProxyType, True)
    seen(type(callable_one) is weakref.CallableProxyType, True)
    both = isinstance(plain, weakref.ProxyTypes) and isinstance(callable_one, weakref.ProxyTypes)
    return f"ProxyType, CallableProxyType, both in ProxyTypes: {seen(both, True)}"


class Source:
    """Something with methods; all are equal."""

    def __eq__(self, other):
        return isinstance(other, Source)

    def __hash__(self):
        return 5

    def name(self):
        return "named"

    def other(self):
        return "other"


def M01():
    """A live WeakMethod gives the bound method."""
    source = Source()
    method = weakref.WeakMethod(source.name)
    bound = method()
    seen(bound.__self__ is source and bound.__func__ is Source.name, True)
    return f"method()(): {seen(method()(), 'named')}"


def M02():
    """With the object dead it gives None."""
    source = Source()
    method = weakref.WeakMethod(source.name)
    del source
    return f"object dead: {seen(method(), None)}"


def mortal():
    """An object of a class whose function can be deleted."""

    class Mortal:
        def name(self):
            return "named"

    return Mortal, Mortal()


def M03():
    """With the function dead it gives None, and the callback runs."""
    calls = []
    kind, source = mortal()
    method = weakref.WeakMethod(source.name, calls.append)
    seen(method()(), "named")
    del kind.name
    gc.collect()
    seen(source is None, False)
    return f"function dead: {seen(method(), None)}, callback ran {times(seen(len(calls), 1))}"


def M04():
    """The callback runs once, at the object's death."""
    calls = []
    kind, source = mortal()
    method = weakref.WeakMethod(source.name, calls.append)
    seen(len(calls), 0)
    del source
    gc.collect()
    del kind.name
    gc.collect()
    seen(calls[0] is method, True)
    return f"object dies, then its function: callback ran {times(seen(len(calls), 1))}"


def M05():
    """A WeakMethod is in no cycle: it is freed at once."""
    source = Source()
    method = weakref.WeakMethod(source.name, lambda ref: None)
    watcher = weakref.ref(method)
    gc.disable()
    try:
        seen(watcher() is None, False)
        del method
        return f"dropped, without the collector: freed {seen(watcher() is None, True)}"
    finally:
        gc.enable()


def M06():
    """== wants object and function while live, identity when dead."""
    one, two = Source(), Source()
    first, again, equal = (weakref.WeakMethod(each.name) for each in (one, one, two))
    other = weakref.WeakMethod(one.other)
    live = seen((first == again, first == equal, first == other), (True, True, False))
    del one, two
    gc.collect()
    return (f"same, equal object, other function: {live[0]}, {live[1]}, {live[2]}; dead itself "
            f"{seen(first == first, True)}, dead other {seen(first == again, False)}")


def M07():
    """The hash agrees with == and stays."""
    source = Source()
    first, again = weakref.WeakMethod(source.name), weakref.WeakMethod(source.name)
    live = hash(first)
    same = seen(hash(again) == live, True)
    del source
    return f"equal ones hash alike: {same}; after death the same: {seen(hash(first) == live, True)}"


def M08():
    """What is no bound method is refused."""
    source = Source()
    seen(weakref.WeakMethod(source.name)() is None, False)
    if raised(TypeError, weakref.WeakMethod, Source.name) != raised(TypeError, weakref.WeakMethod, 1):
        raise Unexpected("two kinds of refusal")
    return f"function, int: {raised(TypeError, weakref.WeakMethod, Source.name)}"
