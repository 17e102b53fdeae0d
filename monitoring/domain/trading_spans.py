"""Spans of a trading day in which contracts trade continuously, and what is cut out of them."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from riskgw.cep.sessions import Sessions
from riskgw.kernel.sessions import EVENING_MINUTES, Phase
from riskgw.kernel.times import NS_PER_SECOND, day_start_ns

# Auctions, lunch and breaks are no time to quote in (rules.md 1d, what is excluded).
CONTINUOUS = frozenset((Phase.NIGHT, Phase.MORNING, Phase.AFTERNOON))
AUCTIONS = frozenset((Phase.OPENING_AUCTION,))
_MINUTE_NS = 60 * NS_PER_SECOND

# From, and until: the second is outside.
Span = tuple[int, int]


class DaySpans(NamedTuple):
    """When a contract trades continuously on a day, and when its opening auction is."""

    continuous: tuple[Span, ...]
    auction: tuple[Span, ...]


def day_spans(sessions: Sessions, contract: str, day: date) -> DaySpans:
    """From 19:00 after the trading day before until 19:00: nights of Fridays are Monday's."""
    evening_ns = EVENING_MINUTES * _MINUTE_NS
    at_ns = day_start_ns(date.fromordinal(sessions.trading_days_before(day, 1).toordinal() + 1))
    at_ns -= evening_ns
    end_ns = day_start_ns(date.fromordinal(day.toordinal() + 1)) - evening_ns
    found: tuple[list[Span], list[Span]] = ([], [])
    while at_ns < end_ns:
        phase = sessions.phase(contract, at_ns)
        for kinds, spans in zip((CONTINUOUS, AUCTIONS), found, strict=True):
            if phase in kinds and sessions.trading_day(at_ns) == day:
                _append(spans, at_ns)
        at_ns += _MINUTE_NS
    return DaySpans(tuple(found[0]), tuple(found[1]))


def _append(spans: list[Span], minute_ns: int) -> None:
    """A minute more, as part of the span before where it goes on."""
    if spans and spans[-1][1] == minute_ns:
        spans[-1] = spans[-1][0], minute_ns + _MINUTE_NS
    else:
        spans.append((minute_ns, minute_ns + _MINUTE_NS))


def covered_ns(spans: Iterable[Span], from_ns: int, until_ns: int) -> int:
    """How much of a time lies in the spans."""
    return sum(
        max(min(end, until_ns) - max(start, from_ns), 0)
        for start, end in spans
        if start < until_ns and end > from_ns
    )


def holds(spans: Iterable[Span], at_ns: int) -> bool:
    return any(start <= at_ns < end for start, end in spans)


def without(spans: Iterable[Span], cuts: Iterable[Span]) -> tuple[Span, ...]:
    """What is left of the spans."""
    left = list(spans)
    for cut_start, cut_end in cuts:
        if cut_start >= cut_end:
            continue
        left = [
            piece
            for start, end in left
            for piece in ((start, min(end, cut_start)), (max(start, cut_end), end))
            if piece[0] < piece[1]
        ]
    return tuple(left)
