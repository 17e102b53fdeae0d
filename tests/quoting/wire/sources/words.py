"""Data sources as tests have them: two pairs, of four and of three decimals."""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

from msgspec.structs import replace

from quoting.domain.events import Event
from quoting.domain.source_settings import SourceKind, SourcePair, SourceSettings
from quoting.wire.sources.problems import Problem, Said, Trouble

CNY, JPY = "USD.CNY", "USD.JPY"
SOURCE = "SOURCE"
AT_NS = 1_772_591_400_125_000_000  # 2026-03-04 02:30:00.125 UTC


def settings(kind: SourceKind, **changes: Any) -> SourceSettings:
    pairs = (SourcePair(CNY, 4), SourcePair(JPY, 3))
    return replace(SourceSettings(SOURCE, kind, pairs, port=1), **changes)


def named(kind: SourceKind, cny: str, jpy: str) -> SourceSettings:
    """With names of the source's own for the two."""
    return settings(kind, pairs=(SourcePair(CNY, 4, cny), SourcePair(JPY, 3, jpy)))


def events(said: Said) -> list[Event]:
    return [each for each in said if not isinstance(each, Problem)]


def troubles(said: Said) -> list[Trouble]:
    return [each.trouble for each in said if isinstance(each, Problem)]


def flat(all_said: Iterable[Said]) -> Said:
    return [each for said in all_said for each in said]


def cuts(data: bytes, places: Iterable[int]) -> list[bytes]:
    """The data in pieces."""
    edges = [0, *sorted(place for place in places if place < len(data)), len(data)]
    return [data[begin:end] for begin, end in pairwise(edges)]
