"""Rows S: WeakSet."""

import collections.abc
import copy
import gc
import weakref

from python_support import Cyclic, Equal, Thing, Unexpected, raised, seen, things


def filled(count=3):
    members = things(count)
    return members, weakref.WeakSet(members)


def labels(members):
    return "".join(sorted(member.label for member in members))


def overlapping():
    """Live things 0 to 3, a set of 0 1 2 and one of 2 3."""
    all_of = things(4)
    return all_of, weakref.WeakSet(all_of[:3]), weakref.WeakSet(all_of[2:])


def S01():
    """The API of set, and an abstract mutable set."""
    missing = set(dir(set)) - set(dir(weakref.WeakSet))
    public = {name for name in missing if not name.startswith("_")}
    abstract = seen(issubclass(weakref.WeakSet, collections.abc.MutableSet), True)
    return f"public names of set that are missing: {seen(len(public), 0)}; MutableSet: {abstract}"


def S02():
    """add; again changes nothing; what cannot be referenced is refused."""
    members, group = filled(2)
    group.add(members[0])
    seen(members[0] in group, True)
    return f"len after adding twice: {seen(len(group), 2)}; int: {raised(TypeError, group.add, 1)}"


def S03():
    """len follows death."""
    members, group = filled(3)
    lengths = [len(group)]
    while members:
        members.pop()
        lengths.append(len(group))
    return f"len as members die: {seen(lengths, [3, 2, 1, 0])}"


def S04():
    """`in` compares by equality; the dead are absent."""
    one, twin = Equal(1), Equal(1)
    group = weakref.WeakSet([one])
    equal, number = seen(twin in group, True), seen(1 in group, False)
    del one
    return f"equal object: {equal}; int: {number}; after death: {seen(twin in group, False)}"


def S05():
    """remove raises for the absent, discard does not."""
    members, group = filled(2)
    group.remove(members[0])
    group.discard(members[0])
    left = seen(len(group), 1)
    return f"{left} left; remove again: {raised(KeyError, group.remove, members[0])}"


def S06():
    """pop; KeyError when empty."""
    members, group = filled(2)
    popped = labels([group.pop(), group.pop()])
    seen(len(members), 2)
    return f"popped: {seen(popped, '01')}, then {raised(KeyError, group.pop)}"


def S07():
    """clear."""
    members, group = filled(3)
    group.clear()
    seen(len(members), 3)
    return f"len after clear: {seen(len(group), 0)}"


def S08():
    """update and |=."""
    all_of, left, right = overlapping()
    other = left.copy()
    left.update(right)
    other |= right
    seen(len(all_of), 4)
    return f"update: {seen(labels(left), '0123')}, |=: {seen(labels(other), '0123')}"


def operation(symbol, named, wanted):
    """An operator and the method of that name, on two sets and on a set and a plain one."""
    all_of, left, right = overlapping()
    strong = set(right)
    results = symbol(left, right), symbol(left, strong), named(left, right), named(left, list(right))
    for result in results:
        seen(labels(result), wanted)
    seen((labels(left), labels(right)), ("012", "23"))
    strong.clear()
    all_of.clear()
    left_over = sum(len(result) for result in results)
    return f"012 and 23: {wanted}; after the members' death: {seen(left_over, 0)}"


def S09():
    """union and |."""
    return operation(lambda a, b: a | b, lambda a, b: a.union(b), "0123")


def S10():
    """intersection, & and isdisjoint."""
    text = operation(lambda a, b: a & b, lambda a, b: a.intersection(b), "2")
    all_of, left, right = overlapping()
    apart = weakref.WeakSet(all_of[3:])
    return (f"{text}; "
            f"disjoint: {seen(left.isdisjoint(right), False)}, {seen(left.isdisjoint(apart), True)}")


def S11():
    """difference and -."""
    return operation(lambda a, b: a - b, lambda a, b: a.difference(b), "01")


def S12():
    """symmetric difference and ^."""
    return operation(lambda a, b: a ^ b, lambda a, b: a.symmetric_difference(b), "013")


def S13():
    """The in-place forms."""
    all_of, left, right = overlapping()
    seen(len(all_of), 4)
    results = []
    for name, operator in (("intersection_update", "__iand__"), ("difference_update", "__isub__"),
                           ("symmetric_difference_update", "__ixor__")):
        one, two = left.copy(), left.copy()
        getattr(one, name)(right)
        seen(getattr(two, operator)(right) is two, True)
        seen(labels(one), labels(two))
        results.append(labels(one))
    return f"&=, -=, ^= of 012 and 23: {', '.join(seen(results, ['2', '01', '013']))}"


def S14():
    """In-place forms with the set itself."""
    results = []
    for operator in ("__ior__", "__iand__", "__isub__", "__ixor__"):
        members, group = filled(2)
        getattr(group, operator)(group)
        results.append(labels(group))
        seen(len(members), 2)
    return f"|=, &=, -=, ^= with itself: len {seen([len(each) for each in results], [2, 2, 0, 0])}"


def S15():
    """Subset and superset, strict and not."""
    all_of, left, right = overlapping()
    part = weakref.WeakSet(all_of[:2])
    facts = (part <= left, part < left, left <= left, left < left, left >= part, left > part,
             part.issubset(left), left.issuperset(part), right <= left)
    seen(facts, (True, True, True, False, True, True, True, True, False))
    return f"part < whole: {part < left}, whole < whole: {left < left}, whole <= whole: {left <= left}"


def S16():
    """== of equal sets; unequal to other types."""
    members, group = filled(3)
    same, fewer = weakref.WeakSet(members), weakref.WeakSet(members[:2])
    return (f"same members: {seen(group == same, True)}, fewer: {seen(group == fewer, False)}, "
            f"list: {seen(group == list(members), False)}, != int: {seen(group != 1, True)}")


def S17():
    """No hash; a subclass may define one."""

    class Hashed(weakref.WeakSet):
        def __hash__(self):
            return 41

    members, group = filled(1)
    seen(len(members), 1)
    return (f"hash: {raised(TypeError, hash, group)}; "
            f"of a subclass with __hash__: {seen(hash(Hashed()), 41)}")


def S18():
    """Construction again, and bad arguments."""
    members, group = filled(3)
    group.__init__(members[:1])
    again = seen(len(group), 1)
    seen(weakref.WeakSet(members) is weakref.WeakSet(members), False)
    return (f"__init__ again leaves {again}; two arguments: "
            f"{raised(TypeError, weakref.WeakSet, members, 1)}, "
            f"int: {raised(TypeError, weakref.WeakSet, 1)}")


def S19():
    """Copies are independent and keep attributes."""

    class Named(weakref.WeakSet):
        pass

    members = things(3)
    group = Named(members)
    group.name = ["name"]
    made, shallow = group.copy(), copy.copy(group)
    seen(type(made) is type(shallow) is Named and shallow == group, True)
    kept = seen(shallow.name is group.name, True)
    group.clear()
    return (f"copy: {seen(labels(made), '012')} after the original's clear; "
            f"copy.copy keeps attributes: {kept}")


def S20():
    """A member may die during iteration, and the set be changed after it."""
    members, group = filled(10)
    for member in group:
        if len(members) > 5:
            members.pop()
    del member
    ended = seen(len(group), 5)
    results = []
    new = Thing("new")
    for change in (lambda: group.add(new), lambda: group.discard(members[0]), lambda: group.clear(),
                   lambda: group.update([new])):
        members, group = filled(10)
        steps = iter(group)
        members.remove(next(steps))  # the iterator holds it; the last of the others dies
        members.pop()
        seen(len(group), 9)
        change()
        del steps  # with it dies the one it held
        results.append(len(group))
    return (f"iteration ended with {ended}; "
            f"add, discard, clear, update between steps: {seen(results, [9, 7, 0, 9])}")


def S21():
    """len: cyclic members leave when collected."""
    members = [Cyclic(number) for number in range(20)]
    group = weakref.WeakSet(members)
    gc.disable()
    try:
        members.clear()
        before = seen(len(group), 20)
    finally:
        gc.enable()
    gc.collect()
    return f"{before} before the collection, {seen(len(group), 0)} after"


def S22():
    """A member that owns the set it is in is freed at once."""
    member = Thing()
    member.group = weakref.WeakSet([member])
    watcher = weakref.ref(member)
    seen(len(member.group), 1)
    gc.disable()
    try:
        del member
        return f"without the collector: freed {seen(watcher() is None, True)}"
    finally:
        gc.enable()


def S23():
    """repr is that of a set of the refs."""
    members, group = filled(1)
    text = repr(group)
    if "weakref" not in text:
        raise Unexpected(text)
    seen(len(members), 1)
    return f"shows the refs: {seen(text.startswith('{<weakref at') and text.endswith('>}'), True)}"
