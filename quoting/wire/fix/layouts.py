"""Message tables: a NamedTuple whose annotations carry the tag and type of each field.

The order of its fields is their order on the wire; of a group, the first field starts each entry.
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from quoting.wire.fix.values import (
    FieldRefused,
    NotAllowed,
    NotOfItsType,
    Reader,
    RejectReason,
    Writer,
    boolean,
    boolean_text,
    date,
    decimal,
    integer,
    one_of,
    timestamp,
    timestamp_text,
)

SOH = "\x01"
GROUP_ENTRIES_MAX = 1000
TAG_DIGITS_MAX = 9
HEADER_TAGS = frozenset(
    map(
        str,
        (
            8,
            9,
            34,
            35,
            43,
            49,
            50,
            52,
            56,
            57,
            97,
            115,
            116,
            122,
            128,
            129,
            142,
            143,
            144,
            145,
            369,
        ),
    )
)
TRAILER_TAGS = frozenset(["10", "89", "93"])


class Tag(NamedTuple):
    """One field: its number, how its text is read, how its value is written."""

    number: int
    read: Reader | None = None
    write: Writer | None = None


class Group(NamedTuple):
    """A repeating group: the number of its count, and the NamedTuple of an entry."""

    number: int
    entry: type[Any]


class UnwritableValue(ValueError):
    """A value of ours that would break the message: empty, or with a field separator in it."""


def text(number: int) -> Tag:
    return Tag(number)


def code(number: int, values: str) -> Tag:
    """One of these codes, separated by spaces."""
    return Tag(number, one_of(frozenset(values.split())))


def whole(number: int) -> Tag:
    return Tag(number, integer)


def exact(number: int) -> Tag:
    """A price or size."""
    return Tag(number, decimal)


def flag(number: int) -> Tag:
    return Tag(number, boolean, boolean_text)


def instant(number: int) -> Tag:
    """A time in UTC, nanoseconds here."""
    return Tag(number, timestamp, timestamp_text)


def day(number: int) -> Tag:
    return Tag(number, date)


class Rules(NamedTuple):
    """What a profile decides about tags."""

    renumbered: Mapping[int, int]
    refuses_unknown_tags: bool


class Layout:
    """The table of one message, or of one entry of a group, as a profile has it."""

    __slots__ = (
        "_groups",
        "_names",
        "_outer",
        "_places",
        "_readers",
        "_required",
        "_rules",
        "_struct",
        "_tags",
        "_template",
        "_writers",
    )

    def __init__(self, struct: type[Any], rules: Rules, outer: Iterable[str] = ()) -> None:
        self._struct = struct
        self._rules = rules
        self._names: tuple[str, ...] = struct._fields
        hints = get_type_hints(struct, include_extras=True)
        marks = [_mark(hints[name]) for name in self._names]
        numbers = [rules.renumbered.get(mark.number, mark.number) for mark in marks]
        self._tags = [str(number) for number in numbers]
        self._places = {tag: place for place, tag in enumerate(self._tags)}
        assert len(self._places) == len(self._tags), f"{struct.__name__}: a tag stands twice"
        # What ends a group because it belongs to what is around it.
        self._outer = frozenset(outer)
        inner = self._outer | set(self._tags)
        self._groups = {
            place: Layout(mark.entry, rules, inner)
            for place, mark in enumerate(marks)
            if isinstance(mark, Group)
        }
        self._readers = [mark.read if isinstance(mark, Tag) else None for mark in marks]
        self._writers = {
            place: mark.write
            for place, mark in enumerate(marks)
            if isinstance(mark, Tag) and mark.write
        }
        self._required = [
            place
            for place, name in enumerate(self._names)
            if name not in struct._field_defaults and not _may_be_none(hints[name])
        ]
        self._template = "".join(f"{tag}=%s{SOH}" for tag in self._tags)

    def write(self, value: Any) -> tuple[str, int]:
        """The fields as text, and how many they are."""
        if not self._groups and all(value):
            values = list(value)
            for place, writer in self._writers.items():
                values[place] = writer(values[place])
            return self._template % tuple(values), len(values)
        return self._write_some(value)

    def _write_some(self, value: Any) -> tuple[str, int]:
        parts: list[str] = []
        count = 0
        for place, (tag, each) in enumerate(zip(self._tags, value, strict=True)):
            if each is None or (each == () and place not in self._required):
                continue
            if each == "":
                raise UnwritableValue(f"tag {tag} without a value")
            count += 1
            if place in self._groups:
                parts.append(f"{tag}={len(each)}{SOH}")
                for entry in each:
                    fields, size = self._groups[place].write(entry)
                    parts.append(fields)
                    count += size
                continue
            writer = self._writers.get(place)
            parts.append(f"{tag}={writer(each) if writer else each}{SOH}")
        return "".join(parts), count

    def read(self, fields: list[str], at: int, end: int) -> tuple[Any, int]:
        """The value whose fields begin at `at`, and where they end."""
        values: list[Any] = [None] * len(self._names)
        places, readers, groups = self._places, self._readers, self._groups
        if self._outer and places.get(fields[at].partition("=")[0]):
            raise _refused(RejectReason.GROUP_OUT_OF_ORDER, fields[at])
        try:
            while at < end:
                tag, _, value = fields[at].partition("=")
                place = places.get(tag)
                if place is None or values[place] is not None or not value:
                    if self._is_end(place, tag, value):
                        break
                    at += 1
                    continue
                reader = readers[place]
                at += 1
                if reader is not None:
                    values[place] = reader(value)
                elif place in groups:
                    values[place], at = self._read_group(place, value, (fields, at, end))
                else:
                    values[place] = value
        except NotOfItsType:
            raise _refused(RejectReason.INCORRECT_DATA_FORMAT, fields[at - 1]) from None
        except NotAllowed:
            raise _refused(RejectReason.VALUE_INCORRECT, fields[at - 1]) from None
        self._complete(values)
        return self._struct._make(values), at

    def _complete(self, values: list[Any]) -> None:
        for place in self._required:
            if values[place] is None:
                raise _refused(RejectReason.REQUIRED_TAG_MISSING, self._tags[place])
        for place in self._groups:  # one that is absent has no entries
            if values[place] is None:
                values[place] = ()

    def _read_group(
        self, place: int, value: str, rest: tuple[list[str], int, int]
    ) -> tuple[tuple[Any, ...], int]:
        tag, layout = self._tags[place], self._groups[place]
        fields, at, end = rest
        count = integer(value)
        if not 0 <= count <= GROUP_ENTRIES_MAX:
            raise _refused(RejectReason.VALUE_INCORRECT, tag)
        entries: list[Any] = []
        while len(entries) < count and at < end and layout.knows(fields[at]):
            entry, at = layout.read(fields, at, end)
            entries.append(entry)
        if len(entries) != count or (at < end and layout.knows(fields[at])):
            raise _refused(RejectReason.INCORRECT_GROUP_COUNT, tag)
        return tuple(entries), at

    def knows(self, field: str) -> bool:
        return field.partition("=")[0] in self._places

    def _is_end(self, place: int | None, tag: str, value: str) -> bool:
        """Whether a field that does not go into the table ends it; else it is passed over."""
        if place is not None:
            if not value:
                raise _refused(RejectReason.TAG_WITHOUT_VALUE, tag)
            if place == 0 and self._outer:
                return True  # the next entry of the group
            raise _refused(RejectReason.TAG_MORE_THAN_ONCE, tag)
        if tag in self._outer:
            return True
        check_tag(tag, value)
        if self._rules.refuses_unknown_tags:
            raise _refused(RejectReason.TAG_NOT_DEFINED_FOR_MESSAGE, tag)
        return False


def check_tag(tag: str, value: str) -> None:
    """That of a field which no table has."""
    if not (tag.isascii() and tag.isdecimal()) or len(tag) > TAG_DIGITS_MAX or int(tag) == 0:
        raise FieldRefused(RejectReason.INVALID_TAG_NUMBER, None, f"no tag: {tag[:20]!r}")
    if tag in HEADER_TAGS or tag in TRAILER_TAGS:
        raise _refused(RejectReason.TAG_OUT_OF_ORDER, tag)
    if not value:
        raise _refused(RejectReason.TAG_WITHOUT_VALUE, tag)


def _refused(reason: RejectReason, field: str) -> FieldRefused:
    words = reason.name.replace("_", " ").lower()
    return FieldRefused(reason, int(field.partition("=")[0]), words)


def _may_be_none(hint: Any) -> bool:
    return type(None) in get_args(get_args(hint)[0])


def _mark(hint: Any) -> Tag | Group:
    """The Tag or Group of an annotation."""
    assert get_origin(hint) is Annotated, "every field is annotated"
    marks = [each for each in get_args(hint) if isinstance(each, Tag | Group)]
    assert len(marks) == 1
    mark: Tag | Group = marks[0]
    return mark
