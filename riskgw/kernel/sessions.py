"""Phases of a trading day, in Beijing time, and how tables of them are written.

A trading day begins at 19:00 of the evening before. Places in it are minutes since then.
"""

import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple, Self

DAY_MINUTES = 24 * 60
# 19:00 is so long before midnight; from 08:00 on it is the day's own date.
EVENING_MINUTES = 5 * 60
DAYTIME = 13 * 60
PHASES_MAX = 24
_LINE = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])\s+(\S+)", re.ASCII)


class Phase(StrEnum):
    """The one list of phases; labels and choices are made of it."""

    CLOSED = "closed"
    OPENING_AUCTION = "opening_auction"
    PAUSE = "pause"
    MORNING = "morning"
    BREAK = "break"
    LUNCH = "lunch"
    AFTERNOON = "afternoon"
    CLOSING_AUCTION = "closing_auction"
    NIGHT = "night"


# While these last, trading time stands still.
IDLE = frozenset((Phase.CLOSED, Phase.PAUSE, Phase.BREAK, Phase.LUNCH))
# By the local minute each begins at (SSE and SZSE trading rules, chapter 3).
Begins = tuple[tuple[int, Phase], ...]
STOCK_PHASES: Begins = (
    (9 * 60 + 15, Phase.OPENING_AUCTION),
    (9 * 60 + 25, Phase.PAUSE),
    (9 * 60 + 30, Phase.MORNING),
    (11 * 60 + 30, Phase.LUNCH),
    (13 * 60, Phase.AFTERNOON),
    (14 * 60 + 57, Phase.CLOSING_AUCTION),
    (15 * 60, Phase.CLOSED),
)


class PhaseFault(StrEnum):
    """What can be wrong with a line of a table."""

    FORM = "form"
    PHASE = "phase"
    ORDER = "order"
    REPEATED = "repeated"
    OPEN_END = "open_end"
    DAYBREAK = "daybreak"
    COUNT = "count"


class PhaseTableError(ValueError):
    """No table of phases; says what is wrong, and with which line."""

    def __init__(self, fault: PhaseFault, line: str) -> None:
        super().__init__(f"{fault}: {line}")
        self.fault, self.line = fault, line


class PhaseSpan(NamedTuple):
    """A part of the trading day in one phase, by places; `traded` are minutes of trading before it.

    The phase may have begun earlier: what is closed in the night goes on in the morning.
    """

    start: int
    end: int
    phase: Phase
    began: int
    traded: int


class PhaseTable(NamedTuple):
    """The parts of a trading day from 19:00 to 19:00, one of them beginning at 08:00."""

    spans: tuple[PhaseSpan, ...]

    @classmethod
    def of(cls, begins: Begins) -> Self:
        _check(begins)
        return cls(tuple(_spans(begins)))

    def span(self, place: int) -> PhaseSpan:
        return next(each for each in self.spans if place < each.end)

    @property
    def traded_at_daytime(self) -> int:
        """Minutes of trading in the night."""
        return self.span(DAYTIME).traded


def phases_of(lines: Iterable[str]) -> Begins:
    """Lines such as `21:00 night`, in the order of the trading day; PhaseTableError."""
    begins = tuple(_begin(line.strip()) for line in lines if line.strip())
    _check(begins)
    return begins


def phase_lines(begins: Begins) -> tuple[str, ...]:
    return tuple(f"{_clock(minute)} {phase}" for minute, phase in begins)


def _begin(line: str) -> tuple[int, Phase]:
    match = _LINE.fullmatch(line)
    if match is None:
        raise PhaseTableError(PhaseFault.FORM, line)
    hour, minute, word = match.groups()
    if word not in set(Phase):
        raise PhaseTableError(PhaseFault.PHASE, line)
    return int(hour) * 60 + int(minute), Phase(word)


def _check(begins: Begins) -> None:
    """It begins and ends closed, and is closed at 08:00, where nights end and weekends begin."""
    if not 1 < len(begins) <= PHASES_MAX:
        raise PhaseTableError(PhaseFault.COUNT, str(len(begins)))
    last_place, last = -1, Phase.CLOSED
    for minute, phase in begins:
        line, place = f"{_clock(minute)} {phase}", _place(minute)
        if place <= last_place:
            raise PhaseTableError(PhaseFault.ORDER, line)
        if phase is last:
            raise PhaseTableError(PhaseFault.REPEATED, line)
        if last is not Phase.CLOSED and last_place < DAYTIME < place:
            raise PhaseTableError(PhaseFault.DAYBREAK, line)
        last_place, last = place, phase
    if last is not Phase.CLOSED:
        raise PhaseTableError(PhaseFault.OPEN_END, line)


def _spans(begins: Begins) -> Iterator[PhaseSpan]:
    places = [(0, Phase.CLOSED), *((_place(minute), phase) for minute, phase in begins)]
    ends = [place for place, _ in places[1:]] + [DAY_MINUTES]
    traded = 0
    for (start, phase), end in zip(places, ends, strict=True):
        if start < DAYTIME < end:
            yield PhaseSpan(start, DAYTIME, phase, start, traded)
            yield PhaseSpan(DAYTIME, end, phase, start, traded)
        elif start < end:
            yield PhaseSpan(start, end, phase, start, traded)
        traded += 0 if phase in IDLE else end - start


def _place(minute: int) -> int:
    return (minute + EVENING_MINUTES) % DAY_MINUTES


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


STOCK_TABLE = PhaseTable.of(STOCK_PHASES)
