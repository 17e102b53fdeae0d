"""Lines of logs by formats that are data: a pattern with the groups time, level, text, latency_ms.

A pattern comes from people, so its work is bounded: it sees the head of a line only, and none that
could try the same text again and again is taken.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from re import _constants, _parser  # type: ignore[attr-defined]  # the parser of `re` itself
from typing import Any, NamedTuple

HEAD_MAX, TEXT_MAX, PATTERN_MAX = 500, 2_000, 400
ISO = "iso"
GROUPS = ("time", "level", "text", "latency_ms")
# Repeats of more than so many count as unbounded.
_BOUNDED = 64
_WILD_MAX = 6
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)
UNPARSED = "text"
LEVELS = ("debug", "info", "warning", "error", UNPARSED)
_WORDS = {
    "D": "debug", "DEBUG": "debug", "TRACE": "debug", "FINE": "debug", ".": "debug",
    "I": "info", "INFO": "info", "NOTICE": "info", "-": "info", "*": "info",
    "W": "warning", "WARN": "warning", "WARNING": "warning",
    "E": "error", "ERR": "error", "ERROR": "error", "F": "error", "FATAL": "error",
    "CRIT": "error", "CRITICAL": "error", "SEVERE": "error", "EMERG": "error", "#": "warning",
}  # fmt: skip
_SECOND_SIZE = 19
_CACHE_MAX = 4_096


class FormatFaulty(ValueError):
    """A pattern that is not taken, and why."""


class Line(NamedTuple):
    """A parsed line; without a time of its own it has that of its reading."""

    at_ns: int
    level: str
    text: str
    latency_ms: float | None = None


class LogFormat:
    """A compiled format. Times are of `utc_offset_hours` where they say none."""

    def __init__(self, pattern: str, time_format: str = ISO, utc_offset_hours: int = 8) -> None:
        self._match = checked(pattern).match
        self._time_format = time_format
        self._zone = timezone(timedelta(hours=utc_offset_hours))
        # Lines of one second are many: its nanoseconds are computed once.
        self._seconds: dict[str, int] = {}

    def parse(self, text: str, read_ns: int) -> Line:
        """Whatever the line is: what fits no pattern is kept as text."""
        found = self._match(text[:HEAD_MAX])
        if found is None:
            return Line(read_ns, UNPARSED, text[:TEXT_MAX])
        groups = found.groupdict()
        at_ns = self._at_ns(groups.get("time") or "") or read_ns
        level = _WORDS.get((groups.get("level") or "info").upper(), "info")
        said = groups.get("text")
        if said is None:
            said = text
        elif found.end("text") == HEAD_MAX:
            said += text[HEAD_MAX:]
        return Line(at_ns, level, said[:TEXT_MAX], _number(groups.get("latency_ms")))

    def _at_ns(self, said: str) -> int | None:
        if not said:
            return None
        if self._time_format != ISO:
            return self._parsed(said)
        second = self._seconds.get(said[:_SECOND_SIZE])
        rest = said[_SECOND_SIZE:]
        if second is None or not _is_fraction(rest):
            return self._parsed(said)
        return second + (int((rest[1:] + "000000000")[:9]) if rest else 0)

    def _parsed(self, said: str) -> int | None:
        try:
            if self._time_format == ISO:
                at = datetime.fromisoformat(said.replace(",", "."))
            else:
                at = datetime.strptime(said, self._time_format)  # noqa: DTZ007  # below
        except ValueError:
            return None
        is_local = at.tzinfo is None
        at = at.replace(tzinfo=self._zone) if is_local else at
        whole = int(at.replace(microsecond=0).astimezone(UTC).timestamp()) * 10**9
        if is_local and self._time_format == ISO:
            if len(self._seconds) >= _CACHE_MAX:
                self._seconds.clear()
            self._seconds[said[:_SECOND_SIZE]] = whole
        return whole + at.microsecond * 1000


def checked(pattern: str) -> re.Pattern[str]:
    """The compiled pattern, or FormatFaulty."""
    if len(pattern) > PATTERN_MAX:
        raise FormatFaulty(f"at most {PATTERN_MAX} characters")
    try:
        compiled = re.compile(pattern)
        tree = _parser.parse(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise FormatFaulty(str(error)) from None
    unknown = sorted(compiled.groupindex.keys() - set(GROUPS))
    if unknown:
        raise FormatFaulty(f"groups are {', '.join(GROUPS)}; there is no {unknown[0]}")
    if sum(_wild(tree)) > _WILD_MAX:
        raise FormatFaulty(f"more than {_WILD_MAX} unbounded repeats")
    _refuse_nested(tree, is_inside=False)
    return compiled


def _refuse_nested(tree: Any, *, is_inside: bool) -> None:
    """An unbounded repeat, or a choice, within another repeat tries the same text many ways."""
    for kind, value in tree:
        if kind in _REPEATS:
            is_unbounded = int(value[1]) > _BOUNDED
            if is_inside and int(value[1]) > 1:
                raise FormatFaulty("a repeat within a repeat")
            _refuse_nested(value[2], is_inside=is_inside or is_unbounded or int(value[1]) > 1)
        elif kind is _constants.BRANCH:
            if is_inside:
                raise FormatFaulty("a choice within a repeat")
            for each in value[1]:
                _refuse_nested(each, is_inside=is_inside)
        elif kind is _constants.GROUPREF:
            raise FormatFaulty("a reference to a group")
        elif kind is _constants.SUBPATTERN:
            _refuse_nested(value[-1], is_inside=is_inside)
        elif kind in (_constants.ASSERT, _constants.ASSERT_NOT):
            _refuse_nested(value[1], is_inside=True)


def _wild(tree: Any) -> Iterator[bool]:
    for kind, value in tree:
        if kind in _REPEATS:
            yield int(value[1]) > _BOUNDED and value[2][0][0] is not _constants.LITERAL
            yield from _wild(value[2])
        elif kind is _constants.SUBPATTERN:
            yield from _wild(value[-1])
        elif kind is _constants.BRANCH:
            for each in value[1]:
                yield from _wild(each)


def _is_fraction(rest: str) -> bool:
    return not rest or (rest[0] in ".," and rest[1:].isdigit() and rest.isascii())


def _number(said: str | None) -> float | None:
    try:
        return None if said is None else float(said)
    except ValueError:
        return None
