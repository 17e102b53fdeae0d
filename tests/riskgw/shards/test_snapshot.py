"""Snapshots: what comes back, what is refused, and what damage leads to."""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import date
from enum import Enum, IntEnum, StrEnum
from typing import Any, NamedTuple

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgw.shards.object_graph import DEPTH_MAX, NotStorable
from riskgw.shards.snapshot import Schema, SnapshotDamaged, SnapshotMismatch


class Colour(StrEnum):
    """A word."""

    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    """A number with a name."""

    ONE = 1


class Mark(Enum):
    """Of no other type."""

    YES = "red"


class Point(NamedTuple):
    """A named tuple."""

    x: int
    y: Any


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen struct."""

    what: str
    parts: Any = ()


class Tally(msgspec.Struct):
    """A struct that changes."""

    count: int
    others: list[Any]


class Slotted:
    """Attributes in slots."""

    __slots__ = ("name", "next")

    def __init__(self, name: str) -> None:
        self.name = name
        self.next: Any = None


class Child(Slotted):
    """Slots of its own beside inherited ones."""

    __slots__ = ("extra",)

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.extra: Any = None


class Open:
    """Attributes in a dictionary, one of them a setting."""

    def __init__(self, setting: str = "") -> None:
        self.setting = setting
        self.held: Any = None
        self.part = Part(setting)


class Part:
    """A part of Open, with a setting and a cache."""

    def __init__(self, setting: str = "") -> None:
        self.setting = setting
        self.cache: dict[str, str] = {}
        self.count = 0


CONSTANT, OTHER_CONSTANT = object(), object()
OBJECTS: Mapping[type, Sequence[str]] = {
    Slotted: ("name", "next"),
    Child: ("name", "next", "extra"),
    Open: ("held", "part"),
    Part: ("count",),
    Tally: ("count", "others"),
}
VALUES = (Colour, Size, Mark, Point, Fact)
REBUILT: Mapping[type, Sequence[str]] = {Open: ("setting",), Part: ("setting", "cache")}
SCHEMA = Schema("test", OBJECTS, VALUES, constants={"c": CONSTANT}, rebuilt=REBUILT)


def again(root: Any) -> Any:
    return SCHEMA.load(SCHEMA.dump(root))


@pytest.mark.parametrize(
    "value",
    [
        None, True, 0, -1, 2**63, -(2**63), 2**64 - 1, 2**64, -(2**63) - 1, 10**40, -(10**40),
        "", "红", b"", b"\xff", 1.5, (), (1, ("a", None)), [], [1, [2]], {}, {("a", 1): "b"},
        {1, "a", (2, 3)}, frozenset((1, 2)), Counter("aab"), date(2026, 11, 23),
        Colour.RED, Size.ONE, Mark.YES, Point(1, "y"), Fact(what="a", parts=(1,)),
        {Fact(what="a"): 1, Point(1, 2): 2, Colour.RED: 3},
    ],
)  # fmt: skip
def test_a_value_comes_back_equal_and_of_the_same_type(value: Any) -> None:
    found = again([value])[0]
    assert found == value
    assert type(found) is type(value)
    assert repr(found) == repr(value) or isinstance(value, set | frozenset)


@pytest.mark.parametrize("maxlen", [None, 3])
def test_a_deque_keeps_its_bound(maxlen: int | None) -> None:
    found = again(deque([1, 2], maxlen=maxlen))
    assert (list(found), found.maxlen) == ([1, 2], maxlen)


def test_a_dictionary_keeps_its_order() -> None:
    assert list(again({"b": 1, "a": 2})) == ["b", "a"]


def test_enums_with_equal_values_are_not_mixed_up() -> None:
    assert [type(each) for each in again([Colour.RED, Mark.YES, "red", Size.ONE, 1, True])] == [
        Colour, Mark, str, Size, int, bool,
    ]  # fmt: skip


def test_constants_come_back_as_themselves() -> None:
    assert again([CONSTANT])[0] is CONSTANT
    with pytest.raises(NotStorable, match="none of the constants"):
        SCHEMA.dump([OTHER_CONSTANT])


def test_what_was_shared_is_shared_and_what_was_equal_is_not() -> None:
    shared, equal = Slotted("a"), Slotted("a")
    one, two, other = again([shared, (shared, {"deep": Point(1, [shared])}), equal])
    assert two[0] is one
    assert two[1]["deep"].y[0] is one
    assert other is not one


def test_cycles_close() -> None:
    first, second = Slotted("first"), Child("second")
    first.next, second.next, second.extra = (second,), first, [second]
    found = again(first)
    assert found.next[0].next is found
    assert found.next[0].extra[0] is found.next[0]
    assert type(found.next[0]) is Child


def test_structs_that_change_are_shared_too() -> None:
    tally = Tally(1, [])
    tally.others.append(tally)
    found = again(tally)
    assert found.others[0] is found
    assert found.count == 1


def test_equal_texts_become_one() -> None:
    texts = ["".join(["a", "b", str(number)]) for number in (1, 1)]
    found = again(texts)
    assert found[0] is found[1]


def test_a_chain_may_be_longer_than_the_stack_is_deep() -> None:
    last = first = Slotted("0")
    for number in range(1, 50_000):
        last.next = Slotted(str(number))
        last = last.next
    found, count = again(first), 0
    while found is not None:
        found, count = found.next, count + 1
    assert count == 50_000


def test_values_inside_values_have_a_bound() -> None:
    value: Any = ()
    for _ in range(DEPTH_MAX):
        value = (value,)
    assert again(value) == value
    with pytest.raises(NotStorable, match="deep"):
        SCHEMA.dump((value,))


@pytest.mark.parametrize("value", [object(), Exception, lambda: 0, bytearray(b"a"), range(3), 1j])
def test_what_is_not_listed_is_named_and_refused(value: Any) -> None:
    with pytest.raises(NotStorable, match=rf"{type(value).__name__} is n"):
        SCHEMA.dump([Point(1, value)])


def test_an_attribute_that_is_not_listed_is_named_and_refused() -> None:
    forgetful = Open()
    forgetful.more = 1  # type: ignore[attr-defined]  # as if added later
    with pytest.raises(NotStorable, match=r"Open: more not in the schema"):
        SCHEMA.dump(forgetful)
    with pytest.raises(NotStorable, match=r"Child: extra not in the schema"):
        Schema("test", {Child: ("name", "next")})


def test_a_set_of_objects_is_refused() -> None:
    with pytest.raises(NotStorable, match="no order"):
        SCHEMA.dump({Slotted("a")})


def test_settings_stay_those_of_the_new_objects() -> None:
    old = Open("old")
    old.held, old.part.count = [old.part, old], 7
    old.part.cache["a"] = "b"
    new = Open("new")
    part = new.part
    SCHEMA.load_into(SCHEMA.dump(old), new)
    assert (new.setting, new.part.setting, new.part.count, new.part.cache) == ("new", "new", 7, {})
    assert new.part is part
    assert new.held[0] is part
    assert new.held[1] is new


def test_an_object_elsewhere_is_made_by_its_constructor() -> None:
    part = Part("setting")
    part.count, part.cache["a"] = 7, "b"
    (found,) = again([part])
    assert (found.setting, found.count, found.cache) == ("", 7, {})


def test_another_root_is_refused() -> None:
    with pytest.raises(SnapshotDamaged, match=r"no .*Open"):
        SCHEMA.load_into(SCHEMA.dump(Slotted("a")), Open())


class Renamed(NamedTuple):
    """Point, but for the name of a field."""

    x: int
    z: Any


@pytest.mark.parametrize(
    "schema",
    [
        Schema("other", OBJECTS, VALUES, constants={"c": CONSTANT}, rebuilt=REBUILT),
        Schema("test", OBJECTS, VALUES[:-1], constants={"c": CONSTANT}, rebuilt=REBUILT),
        Schema("test", OBJECTS, (*VALUES, Renamed), constants={"c": CONSTANT}, rebuilt=REBUILT),
        Schema("test", OBJECTS, VALUES, constants={"d": CONSTANT}, rebuilt=REBUILT),
        Schema(
            "test", {**OBJECTS, Slotted: ("next", "name")}, VALUES, constants={"c": CONSTANT},
            rebuilt=REBUILT,
        ),
    ],
)  # fmt: skip
def test_another_schema_is_a_mismatch(schema: Schema) -> None:
    with pytest.raises(SnapshotMismatch):
        schema.load(SCHEMA.dump([]))


keys = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.sampled_from(Colour)
scalars = keys | st.binary(max_size=3) | st.dates() | st.integers(2**62, 2**66)
graphs = st.recursive(
    scalars | st.frozensets(keys),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(st.tuples(keys, keys), inner, max_size=4)
        | st.builds(Point, st.integers(), inner)
        | st.builds(Fact, what=st.text(max_size=2), parts=inner)
        | st.lists(inner, max_size=4).map(deque)
        | st.sets(keys, max_size=4)
    ),
    max_leaves=20,
)


@given(graphs)
def test_any_graph_comes_back_and_gives_the_same_bytes(graph: Any) -> None:
    data = SCHEMA.dump(graph)
    found = SCHEMA.load(data)
    assert found == graph
    assert SCHEMA.dump(found) == data


@given(st.permutations(["a", "bb", "c", 1, 2, None, (1, "a"), Colour.RED]))
def test_a_set_gives_the_same_bytes_however_it_was_filled(members: list[Any]) -> None:
    filled = set()
    for member in members:
        filled.add(member)
    expected = {"a", "bb", "c", 1, 2, None, (1, "a"), Colour.RED}
    assert SCHEMA.dump([filled, frozenset(filled)]) == SCHEMA.dump([expected, frozenset(expected)])


def _sample() -> bytes:
    first = Open()
    first.held = [
        {("a", 1): Point(2**70, first)}, deque([Fact(what="b")], maxlen=2), {1, 2}, Colour.BLUE,
        Counter("ab"), date(2026, 11, 23), CONSTANT, frozenset("x"), Tally(1, []), Child("c"),
    ]  # fmt: skip
    return SCHEMA.dump([first])


SAMPLE = _sample()
refused = pytest.raises((SnapshotDamaged, SnapshotMismatch))


@given(st.binary(max_size=200))
def test_noise_is_damage(noise: bytes) -> None:
    with pytest.raises(SnapshotDamaged):
        SCHEMA.load(noise)


@given(st.integers(0, len(SAMPLE) - 1))
def test_a_snapshot_cut_short_is_damaged(size: int) -> None:
    with pytest.raises(SnapshotDamaged):
        SCHEMA.load(SAMPLE[:size])


flips = st.dictionaries(
    st.integers(0, len(SAMPLE) - 1), st.integers(1, 255), min_size=1, max_size=5
)


@given(flips)
def test_a_garbled_snapshot_is_refused(changed: dict[int, int]) -> None:
    data = bytearray(SAMPLE)
    for place, bits in changed.items():
        data[place] ^= bits
    with refused:
        SCHEMA.load(bytes(data))


plain_values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers(-2, 12) | st.text(max_size=2) | st.binary(max_size=2),
    lambda inner: st.lists(inner, max_size=5),
    max_leaves=30,
)


@given(plain_values)
def test_content_that_was_never_written_raises_nothing_else(content: Any) -> None:
    """Sealed as if it were sound: whatever stands there, no other exception comes out."""
    with suppress(SnapshotDamaged):
        SCHEMA.load(SCHEMA.sealed(content))
