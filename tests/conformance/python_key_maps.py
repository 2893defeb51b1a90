"""Rows K: WeakKeyDictionary."""

import copy
import gc
import weakref

from python_support import Cyclic, Equal, Thing, Unexpected, collecting, raised, seen, things


def filled(count=3):
    """Live keys, and a map of each to its number."""
    keys = things(count)
    return keys, weakref.WeakKeyDictionary((key, number) for number, key in enumerate(keys))


def K01():
    """Set and get; the key is not kept alive."""
    keys, table = filled(1)
    got = seen(table[keys[0]], 0)
    watcher = weakref.ref(keys[0])
    keys.clear()
    return f"d[k]: {got}; kept alive: {seen(watcher() is not None, False)}"


def K02():
    """Entry and value go when the key dies."""
    key, value = Thing(), Thing()
    table = weakref.WeakKeyDictionary({key: value})
    watcher = weakref.ref(value)
    del value
    held = seen(watcher() is not None, True)
    del key
    return (f"value held: {held}; "
            f"key dead: {seen(len(table), 0)} entries, value gone {seen(watcher() is None, True)}")


def K03():
    """`in`; False for what cannot be a key."""
    keys, table = filled(1)
    return (f"key: {seen(keys[0] in table, True)}, other: "
            f"{seen(Thing() in table, False)}, int: {seen(1 in table, False)}")


def K04():
    """Of equal keys the first object stays, and the entry dies with it."""
    first, second = Equal(1), Equal(1)
    table = weakref.WeakKeyDictionary({first: "first"})
    table[second] = "second"
    (kept,) = table
    held, value = seen(kept is first, True), seen(table[first], "second")
    del kept, first
    return (f"first key kept: {held}, value: {value}; "
            f"first dead, second in the map: {seen(second in table, False)}")


def K05():
    """del removes; KeyError when absent, TypeError for what is no key."""
    keys, table = filled(2)
    del table[keys[0]]
    left = seen(len(table), 1)
    return f"{left} left; absent: {raised(KeyError, table.__delitem__, Thing())}, " \
           f"int: {raised(TypeError, table.__delitem__, 1)}"


def K06():
    """A deletion whose == kills other keys."""
    keys = []
    killing = False

    class Deadly:
        def __init__(self, value):
            self.value = value

        def __hash__(self):
            return 0

        def __eq__(self, other):
            if killing and len(keys) > 3:
                keys.pop()
            return self.value == other.value

    keys.extend(Deadly(number) for number in range(4))
    table = weakref.WeakKeyDictionary((key, 1) for key in keys)
    twin = Deadly(0)
    seen(twin in table, True)
    killing = True
    del table[twin]
    killing = False
    return f"deletion ended; of 4 keys {seen(len(keys), 3)} live, {seen(len(table), 2)} entries left"


def K07():
    """popitem and pop."""
    keys, table = filled(3)
    popped = seen(table.pop(keys[0]), 0)
    default = seen(table.pop(keys[0], "default"), "default")
    absent = raised(KeyError, table.pop, keys[0])
    items = sorted(table.popitem()[1] for _ in range(2))
    return (f"pop: {popped}, {default}, {absent}; "
            f"popitem: {seen(items, [1, 2])}, then {raised(KeyError, table.popitem)}")


def K08():
    """setdefault gives what is there, else inserts."""
    table = weakref.WeakKeyDictionary()
    key = Thing()
    inserted = seen(table.setdefault(key, "first"), "first")
    return f"inserts {inserted}; then gives {seen(table.setdefault(key, 'second'), 'first')}"


def K09():
    """update, | and |=: the right side wins, the result is weak."""
    keys, table = filled(2)
    other = weakref.WeakKeyDictionary({keys[1]: "right"})
    unions = table | other, table | dict(other), dict(table) | other
    for union in unions:
        seen((union[keys[0]], union[keys[1]]), (0, "right"))
    table |= other
    merged = seen(table[keys[1]], "right")
    table.update({keys[0]: "updated"})
    updated = seen(table[keys[0]], "updated")
    keys.clear()
    return f"| and |=: {merged} wins; update: {updated}; len after the keys' death: " \
           f"{seen([len(union) for union in (*unions, table)], [0, 0, 0, 0])}"


def K10():
    """Made from a dict and from another weak dict."""
    keys, table = filled(2)
    again = weakref.WeakKeyDictionary(table)
    plain = weakref.WeakKeyDictionary(dict(table))
    same = seen(len(again) == len(plain) == 2 and again[keys[1]] == plain[keys[1]] == 1, True)
    keys.clear()
    return f"same entries: {same}; after the keys' death: {seen(len(again) + len(plain), 0)}"


def K11():
    """copy shares values, deepcopy copies them; both while keys die elsewhere."""
    key, value = Thing(), Thing()
    table = weakref.WeakKeyDictionary({key: value})
    shared = seen(table.copy()[key] is value, True)
    copied = seen(copy.deepcopy(table)[key] is not value, True)
    missing = 0
    kept = []
    dying = weakref.WeakKeyDictionary()
    with collecting():
        for number in range(200):
            kept.append(Cyclic(number))
            dying[kept[-1]] = number
            if number % 10 == 9:
                kept.clear()
            for made in (dying.copy(), copy.deepcopy(dying)):
                missing += sum(each is None for each in made.keys())
    return (f"copy shares: {shared}; deepcopy copies: {copied}; "
            f"keys without object in 400 copies: {seen(missing, 0)}")


def K12():
    """Iteration touches every live entry; keyrefs."""
    keys, table = filled(4)
    keys.pop()
    seen({id(key) for key in table} == {id(key) for key in keys}, True)
    seen({id(key) for key, _ in table.items()} == {id(key) for key in keys}, True)
    seen({id(ref()) for ref in table.keyrefs()} == {id(key) for key in keys}, True)
    return (f"values: {seen(sorted(table.values()), [0, 1, 2])} of 4, one dead; "
            f"keyrefs: {len(table.keyrefs())}")


def K13():
    """A key may die during iteration; then get, del and pop of it find nothing."""
    keys, table = filled(10)
    for item in table.items():
        if len(keys) > 5:
            keys.pop()
    del item
    ended = seen(len(table), 5)
    steps = iter(table.items())
    next(steps)
    gone = keys.pop()
    twin = weakref.ref(gone)
    del gone
    seen(twin(), None)
    seen(len(table), 4)
    new = Thing()
    table[new] = "new"
    seen(table.pop(new), "new")
    del steps
    return f"iteration ended with {ended}; set and pop between steps: {seen(len(table), 4)} left"


def K14():
    """len: cyclic keys leave when collected; never out of bounds."""
    keys = [Cyclic(number) for number in range(20)]
    table = weakref.WeakKeyDictionary((key, 1) for key in keys)
    steps = iter(table.items())
    item = next(steps)
    keys.clear()
    gc.collect()
    during = seen(len(table), 1)
    del item, steps
    gc.collect()
    return (f"20 cyclic keys collected, the iteration holds one: len {during}; "
            f"after: {seen(len(table), 0)}")


def K15():
    """repr names the type."""
    text = repr(weakref.WeakKeyDictionary())
    if "0x" not in text:
        raise Unexpected(text)
    return f"names WeakKeyDictionary: {seen('WeakKeyDictionary' in text, True)}"


def K16():
    """A value that owns its key keeps the entry for ever."""
    key, value = Thing(), Thing()
    value.key = key
    table = weakref.WeakKeyDictionary({key: value})
    watcher = weakref.ref(key)
    del key, value
    gc.collect()
    leaked = seen((len(table), watcher() is None), (1, False))
    table.clear()
    gc.collect()
    return (f"after collection {leaked[0]} entry is left; "
            f"cleared by hand, the key dies: {seen(watcher() is None, True)}")
