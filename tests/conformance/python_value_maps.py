"""Rows V: WeakValueDictionary."""

import copy
import gc
import random
import weakref

from python_support import Cyclic, Equal, Thing, Unexpected, collecting, raised, seen, things


def filled(count=3):
    """Live values, and a map of 0, 1, 2 … to them."""
    values = things(count)
    return values, weakref.WeakValueDictionary(enumerate(values))


def V01():
    """Set and get; the value is not kept alive."""
    table = weakref.WeakValueDictionary()
    value = Thing()
    table["key"] = value
    same = seen(table["key"] is value, True)
    watcher = weakref.ref(value)
    del value
    return f"d[k] is the value: {same}; kept alive: {seen(watcher() is not None, False)}"


def V02():
    """KeyError for a missing and for a dead key."""
    values, table = filled(1)
    missing = raised(KeyError, lambda: table["no"])
    seen(table[0] is values[0], True)
    values.clear()
    return f"missing: {missing}; dead: {raised(KeyError, lambda: table[0])}"


def V03():
    """An entry leaves when its value dies; len follows."""
    values, table = filled(3)
    lengths = [len(table)]
    while values:
        values.pop()
        lengths.append(len(table))
    return f"len as values die: {seen(lengths, [3, 2, 1, 0])}"


def V04():
    """One weakref for each stored value."""
    values, table = filled(3)
    counts = [weakref.getweakrefcount(value) for value in values]
    seen(len(table), 3)
    return f"weakrefs of each value: {seen(counts, [1, 1, 1])}"


def V05():
    """`in` is false for a dead value."""
    values, table = filled(1)
    live = seen(0 in table, True)
    values.clear()
    return f"live: {live}; dead: {seen(0 in table, False)}"


def V06():
    """del removes; an absent key is a KeyError."""
    values, table = filled(2)
    del table[0]
    left = seen(list(table), [1])
    seen(len(values), 2)
    return f"keys left: {left}; again: {raised(KeyError, table.__delitem__, 0)}"


def V07():
    """get with a default."""
    values, table = filled(1)
    other = Thing()
    seen(table.get(0, other) is values[0], True)
    return (f"absent: {seen(table.get('no'), None)}, with a default: "
            f"{seen(table.get('no', other) is other, True)}")


def V08():
    """pop, with and without default."""
    values, table = filled(1)
    popped = seen(table.pop(0) is values[0], True)
    default = seen(table.pop(0, "default"), "default")
    return f"pop: the value ({popped}), then {default}, then {raised(KeyError, table.pop, 0)}"


def V09():
    """popitem skips the dead; KeyError when empty."""
    values, table = filled(3)
    del values[2]
    popped = sorted(table.popitem()[0] for _ in range(2))
    return f"popped: {seen(popped, [0, 1])}, then {raised(KeyError, table.popitem)}"


def V10():
    """setdefault gives what is there, else inserts."""
    table = weakref.WeakValueDictionary()
    first, second = Thing(), Thing()
    inserted = seen(table.setdefault("key", first) is first, True)
    return (f"inserts: {inserted}; "
            f"then gives the first: {seen(table.setdefault('key', second) is first, True)}")


def V11():
    """setdefault replaces a dead entry and never gives None, with deaths on another thread."""
    table = weakref.WeakValueDictionary()
    nones = 0
    with collecting():
        for _ in range(3000):
            value = table.setdefault(10, Cyclic(1))
            nones += value is None
            del value
    gc.collect()
    seen(len(table), 0)
    return f"None given 3000 times over: {seen(nones, 0)}"


def V12():
    """update from a mapping, from pairs, from keywords."""
    table = weakref.WeakValueDictionary()
    values = things(3)
    table.update({"a": values[0]})
    table.update([("b", values[1])])
    table.update(c=values[2])
    seen([table[key] is value for key, value in zip("abc", values)], [True] * 3)
    return f"keys: {' '.join(seen(sorted(table), ['a', 'b', 'c']))}"


def V13():
    """An iterator's exception leaves update."""
    value = Thing()

    def failing():
        yield "before", value
        raise ZeroDivisionError

    table = weakref.WeakValueDictionary()
    kind = raised(ZeroDivisionError, table.update, failing())
    return f"{kind}; inserted: {seen(len(table), 0)}"


def V14():
    """|, |= and the reflected |: the right side wins, the result is weak."""
    values = things(3)
    left = weakref.WeakValueDictionary({"a": values[0], "b": values[1]})
    right = weakref.WeakValueDictionary({"b": values[2]})
    unions = left | right, left | dict(right), dict(left) | right
    for union in unions:
        seen(union["b"] is values[2] and union["a"] is values[0], True)
    left |= right
    won = seen(left["b"] is values[2], True)
    values.clear()
    weak = seen([len(union) for union in (*unions, left)], [0, 0, 0, 0])
    return f"right wins: {won}; len of the results after the values' death: {weak}"


def V15():
    """A copy is independent and has live entries only."""
    values, table = filled(2)
    copies = table.copy(), copy.copy(table)
    table.clear()
    before = [len(each) for each in copies]
    values.pop()
    return (f"copies: {seen(before, [2, 2])}, after a death: "
            f"{seen([len(each) for each in copies], [1, 1])}")


def V16():
    """deepcopy copies keys and shares values."""
    key, value = Equal(7), Thing()
    table = weakref.WeakValueDictionary({key: value})
    deep = copy.deepcopy(table)
    (copied,) = deep
    return (f"key copied: {seen(copied is not key and copied == key, True)}; "
            f"value shared: {seen(deep[key] is value, True)}")


def copied_while_dying(make_copy):
    """Copies made while another thread lets values die; how many entries had no value."""
    table = weakref.WeakValueDictionary()
    kept = []
    empty = 0
    with collecting():
        for number in range(300):
            kept.append(Cyclic(number))
            table[number] = kept[-1]
            if number % 10 == 9:
                kept.clear()
            made = make_copy(table)
            empty += sum(value is None for value in made.values())
    kept.clear()
    del made
    gc.collect()
    seen(len(table), 0)
    return empty


def V17():
    """Copies made while values die on another thread."""
    empty = copied_while_dying(copy.copy), copied_while_dying(copy.deepcopy)
    return f"300 copies, 300 deep copies: entries without a value {seen(empty, (0, 0))}"


def V18():
    """Made from a dict and from another weak dict."""
    value = Thing()
    table = weakref.WeakValueDictionary({"key": value})
    again = weakref.WeakValueDictionary(table)
    seen(table["key"] is value, True)
    same = seen(again["key"] is value, True)
    del value
    return (f"from dict and from weak dict: {same}; "
            f"after the value's death: {seen(len(table) + len(again), 0)}")


def V19():
    """Bad constructor arguments are refused; any keyword is a key."""
    value = Thing()
    kind = raised(TypeError, weakref.WeakValueDictionary, {}, {})
    for name in ("self", "other", "iterable"):
        seen(list(weakref.WeakValueDictionary(**{name: value})), [name])
    return f"two mappings: {kind}; self=, other=, iterable= are keys"


def V20():
    """Iteration touches every live entry."""
    values, table = filled(4)
    values.pop()
    seen(sorted(table), [0, 1, 2])
    seen(sorted(table.keys()), [0, 1, 2])
    seen({id(value) for value in table.values()} == {id(value) for value in values}, True)
    return ("iter, keys, values, items: "
            f"{seen(sorted(key for key, _ in table.items()), [0, 1, 2])} of 4, one dead")


def V21():
    """valuerefs gives refs, which may be dead by the time they are asked."""
    values, table = filled(3)
    refs = table.valuerefs()
    seen(len(list(table.itervaluerefs())), 3)
    live = seen(sum(ref() is not None for ref in refs), 3)
    values.pop()
    return (f"live: {live}, after a death: "
            f"{seen(sum(ref() is not None for ref in refs), 2)} of {len(refs)}")


def V22():
    """A value may die during iteration."""
    values, table = filled(10)
    met = 0
    for _ in table.items():
        met += 1
        if len(values) > 5:
            values.pop()
    seen(met >= 5, True)
    return f"iteration ended; entries afterwards: {seen(len(table), 5)}"


def V23():
    """Between steps of an iteration, after a death: get, del, pop, and set again."""
    kinds = []
    for change in ("get", "del", "pop", "set"):
        values, table = filled(10)
        steps = iter(table.items())
        next(steps)
        values.pop()
        if change == "get":
            kinds.append(raised(KeyError, lambda: table[9]))
        elif change == "del":
            kinds.append(raised(KeyError, table.__delitem__, 9))
        elif change == "pop":
            kinds.append(raised(KeyError, table.pop, 9))
        else:
            table[9] = values[0]
            kinds.append("stored" if table[9] is values[0] else "lost")
        del steps
        seen(len(table), 10 if change == "set" else 9)
    return (f"get, del, pop of the dead: {kinds[0]}; "
            f"set: {seen(kinds, ['KeyError'] * 3 + ['stored'])[3]}")


def V24():
    """len is right while iterating and removing."""
    values, table = filled(10)
    steps = iter(table.items())
    next(steps)
    lengths = []
    for _ in range(3):
        values.pop()
        lengths.append(len(table))
    del steps
    lengths.append(len(table))
    return f"len after deaths during iteration: {seen(lengths, [9, 8, 7, 7])}"


def V25():
    """len with values in cycles: right once they are collected."""
    values = [Cyclic(number) for number in range(20)]
    table = weakref.WeakValueDictionary(enumerate(values))
    gc.disable()
    try:
        values.clear()
        before = seen(len(table), 20)
    finally:
        gc.enable()
    gc.collect()
    return f"{before} before the collection, {seen(len(table), 0)} after"


def V26():
    """len stays in its bounds while values die at random points."""
    wrong = 0
    before = gc.get_threshold()
    generator = random.Random(4)
    try:
        for threshold in range(1, 60):
            gc.set_threshold(threshold)
            table = weakref.WeakValueDictionary((number, Cyclic(number)) for number in range(20))
            steps = iter(table.items())
            next(steps, None)
            sizes = [len(table)]
            for _ in range(generator.randrange(5)):
                sizes.append(len(table))
            del steps
            sizes.append(len(table))
            gc.collect()
            sizes.append(seen(len(table), 0))
            wrong += any(not 0 <= size <= 20 for size in sizes) or sizes != sorted(sizes, reverse=True)
    finally:
        gc.set_threshold(*before)
    return f"len out of 0..20 or risen, in 59 rounds: {seen(wrong, 0)}"


def V27():
    """An old value's death does not remove the new value of its key."""
    table = weakref.WeakValueDictionary()
    old, new = Thing(), Thing()
    table["key"] = old
    table["key"] = new
    watcher = weakref.ref(old)
    del old
    kept = seen(watcher() is None and table["key"] is new, True)
    lost = 0
    with collecting():
        for _ in range(3000):
            value = Cyclic(0)
            table["key"] = value
            lost += "key" not in table
            del value
    return f"new value kept: {kept}; lost in 3000 replacements: {seen(lost, 0)}"


def V28():
    """pop never gives None while values die elsewhere."""
    table = weakref.WeakValueDictionary()
    nones = 0
    with collecting():
        for _ in range(3000):
            table["key"] = Cyclic(0)
            nones += table.pop("key", "default") is None
    table["key"] = Cyclic(0)
    gc.collect()
    seen(len(table), 0)
    return f"None given 3000 times over: {seen(nones, 0)}"


def V29():
    """The hook that removes an entry does not own the map."""
    values, table = filled(2)
    watcher = weakref.ref(table)
    seen(watcher() is None, False)
    del table
    seen(len(values), 2)
    return f"map gone while its values live: {seen(watcher() is None, True)}"


def V30():
    """repr names the type."""
    text = repr(weakref.WeakValueDictionary())
    if "0x" not in text:
        raise Unexpected(text)
    return f"names WeakValueDictionary: {seen('WeakValueDictionary' in text, True)}"


def V31():
    """==, bool, and the empty map."""
    values, table = filled(2)
    same = seen(table == dict(enumerate(values)), True)
    empty = weakref.WeakValueDictionary()
    seen((bool(empty), len(empty), bool(table)), (False, 0, True))
    values.pop()
    return (f"== equal dict: {same}; "
            f"after a death bool {seen(bool(table), True)}, empty map bool {bool(empty)}")
