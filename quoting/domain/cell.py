"""One cell: a side of a level of a pair, automatic or manual. Figures 3 to 5 as tables.

A cell quotes in `AUTO_VALID` and `MANUAL_VALID` alone: whoever comes into one of them publishes,
whoever leaves withdraws, in the same step. The editor lies over any phase and changes none until
Enter. A price's fit is told before the table is asked: of the price that would stand afterwards.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

import msgspec

from quoting.domain.publication import Publication
from quoting.domain.words import Mode, Profile, Reason, Side


class Phase(StrEnum):
    """S, V, N of figure 3 and O, V of figure 4."""

    AUTO_STOPPED = "auto_stopped"
    AUTO_VALID = "auto_valid"
    AUTO_INVALID = "auto_invalid"
    MANUAL_OFF = "manual_off"
    MANUAL_VALID = "manual_valid"


class Gesture(StrEnum):
    """What people do to a cell, and after the line what befalls it."""

    START = "start"
    STOP = "stop"
    CLEAR = "clear"
    NUDGE = "nudge"
    DOUBLE_CLICK = "double_click"
    ENTER = "enter"
    ENTER_START = "enter_start"
    ESC = "esc"
    AUTO = "auto"
    KEEP = "keep"
    FEED = "feed"
    # The cell beside it went manual, and the scope of editing takes it along.
    FOLLOW = "follow"
    # A price came in or went: ticks, bad ticks, source TTL, cleansing, limits.
    PRICE = "price"
    PUBLISH_TTL = "publish_ttl"
    MANUAL_TTL = "manual_ttl"


PEOPLES = frozenset(list(Gesture)[: list(Gesture).index(Gesture.FEED)])


class Fit(StrEnum):
    """Of the price that would stand: good, outside of what is allowed, or none there."""

    IN = "in"
    OUT = "out"
    NONE = "none"


class Act(StrEnum):
    """What a move does beside changing the phase."""

    ADJUST = "adjust"
    MOVE = "move"
    SAVE = "save"
    CLEAR = "clear"
    OPEN = "open"
    CLOSE = "close"
    REFUSE = "refuse"
    REFRESH = "refresh"
    KEEP = "keep"


class Move(NamedTuple):
    """What follows."""

    acts: tuple[Act, ...]
    phase: Phase


Table = Mapping[tuple[Phase, Gesture, Fit], Move]
_Rows = tuple[tuple[str, Gesture, str, tuple[Act, ...], str], ...]

MODES = {
    Phase.AUTO_STOPPED: Mode.AUTO,
    Phase.AUTO_VALID: Mode.AUTO,
    Phase.AUTO_INVALID: Mode.AUTO,
    Phase.MANUAL_OFF: Mode.MANUAL,
    Phase.MANUAL_VALID: Mode.MANUAL,
}
QUOTING = frozenset((Phase.AUTO_VALID, Phase.MANUAL_VALID))
STARTED = QUOTING | {Phase.AUTO_INVALID}

_PHASES = dict(zip("SVNOM", Phase, strict=True))
_FITS = {"+": (Fit.IN,), "-": (Fit.OUT, Fit.NONE), "out": (Fit.OUT,), "none": (Fit.NONE,),
         "any": tuple(Fit)}  # fmt: skip
_G, _A = Gesture, Act
# Start states (S, V, N: automatic stopped, valid, invalid; O, M: manual off, valid), what happens,
# fit of the price, acts, next state; "=" stays.
_SHARED: _Rows = (
    # figure 3
    ("S", _G.START, "+", (), "V"),
    ("S", _G.START, "-", (), "N"),
    ("VN", _G.START, "+", (), "V"),
    ("VN", _G.START, "-", (), "N"),
    ("S", _G.PRICE, "any", (), "="),
    ("VN", _G.PRICE, "+", (), "V"),
    ("VN", _G.PRICE, "-", (), "N"),
    ("SVN", _G.STOP, "any", (), "S"),
    ("SVN", _G.CLEAR, "any", (_A.CLEAR, _A.CLOSE), "S"),
    ("S", _G.NUDGE, "any", (_A.ADJUST,), "="),
    ("V", _G.NUDGE, "+", (_A.ADJUST,), "="),
    ("V", _G.NUDGE, "none", (_A.ADJUST,), "N"),
    ("N", _G.NUDGE, "+", (_A.ADJUST,), "V"),
    ("N", _G.NUDGE, "-", (_A.ADJUST,), "="),
    ("SN", _G.PUBLISH_TTL, "any", (), "="),
    ("SVN", _G.MANUAL_TTL, "any", (), "="),
    # figure 4
    ("O", _G.START, "+", (), "M"),
    ("O", _G.START, "out", (_A.REFUSE,), "="),
    ("M", _G.START, "+", (), "M"),
    ("M", _G.START, "-", (), "O"),
    ("O", _G.PRICE, "any", (), "="),
    ("M", _G.PRICE, "+", (), "="),
    ("M", _G.PRICE, "-", (), "O"),
    ("OM", _G.STOP, "any", (), "O"),
    ("OM", _G.CLEAR, "any", (_A.CLEAR, _A.CLOSE), "O"),
    ("O", _G.NUDGE, "+", (_A.MOVE,), "="),
    ("O", _G.NUDGE, "out", (_A.MOVE,), "="),
    ("OM", _G.NUDGE, "none", (_A.REFUSE,), "="),
    ("M", _G.NUDGE, "+", (_A.MOVE,), "="),
    ("O", _G.PUBLISH_TTL, "any", (), "="),
    ("O", _G.MANUAL_TTL, "any", (), "="),
    ("M", _G.MANUAL_TTL, "any", (), "O"),
    ("M", _G.KEEP, "any", (_A.KEEP,), "="),
    ("SVNO", _G.KEEP, "any", (_A.REFUSE,), "="),
    ("SVNOM", _G.DOUBLE_CLICK, "any", (_A.OPEN,), "="),
    # figure 5
    ("O", _G.AUTO, "any", (_A.CLOSE,), "S"),
    ("M", _G.AUTO, "+", (_A.CLOSE,), "V"),
    ("M", _G.AUTO, "-", (_A.CLOSE,), "N"),
    ("SVN", _G.AUTO, "any", (), "="),
    ("OS", _G.FEED, "any", (_A.CLOSE,), "S"),
    ("MVN", _G.FEED, "+", (_A.CLOSE,), "V"),
    ("MVN", _G.FEED, "-", (_A.CLOSE,), "N"),
    ("SO", _G.ENTER, "+", (_A.SAVE, _A.CLOSE), "O"),
    ("VNM", _G.ENTER, "+", (_A.SAVE, _A.CLOSE), "M"),
    ("SVNOM", _G.ENTER, "none", (_A.REFUSE,), "="),
    ("SVNOM", _G.ESC, "any", (_A.CLOSE,), "="),
    ("SVN", _G.FOLLOW, "any", (_A.CLOSE,), "O"),
    ("OM", _G.FOLLOW, "any", (), "="),
)
_DEFAULT: _Rows = (
    # A7: what would take a live price out of the market by a slip of the hand is refused.
    ("V", _G.NUDGE, "out", (_A.REFUSE,), "="),
    ("M", _G.NUDGE, "out", (_A.REFUSE,), "="),
    ("SVNOM", _G.ENTER, "out", (_A.REFUSE,), "="),
    # A8
    ("O", _G.START, "none", (_A.OPEN,), "="),
    # A6: a quiet market is no dead one; its price is sent again before the channel forgets it.
    ("VM", _G.PUBLISH_TTL, "+", (_A.REFRESH,), "="),
    ("V", _G.PUBLISH_TTL, "-", (), "N"),
    ("M", _G.PUBLISH_TTL, "-", (), "O"),
    # A3
    ("SVNOM", _G.ENTER_START, "+", (_A.SAVE, _A.CLOSE), "M"),
    ("SVNOM", _G.ENTER_START, "-", (_A.REFUSE,), "="),
)
_SOURCE: _Rows = (
    ("V", _G.NUDGE, "out", (_A.ADJUST,), "N"),
    ("M", _G.NUDGE, "out", (_A.MOVE,), "O"),
    ("SVNOM", _G.ENTER, "out", (_A.SAVE, _A.CLOSE), "O"),
    ("O", _G.START, "none", (_A.REFUSE,), "="),
    ("V", _G.PUBLISH_TTL, "any", (), "N"),
    ("M", _G.PUBLISH_TTL, "any", (), "O"),
    ("SVNOM", _G.ENTER_START, "any", (_A.REFUSE,), "="),
)


def _table(*parts: _Rows) -> Table:
    table: dict[tuple[Phase, Gesture, Fit], Move] = {}
    for starts, gesture, fits, acts, after in (row for rows in parts for row in rows):
        for letter in starts:
            for fit in _FITS[fits]:
                key = _PHASES[letter], gesture, fit
                assert key not in table, key
                table[key] = Move(acts, _PHASES[letter if after == "=" else after])
    return table


TABLES = {
    Profile.DEFAULT: _table(_SHARED, _DEFAULT),
    Profile.SOURCE: _table(_SHARED, _SOURCE),
}


class Cell(msgspec.Struct, eq=False):
    """A cell as it stands. `price` is the automatic one, whether it is quoted or not."""

    side: Side
    level: int
    size: int
    phase: Phase = Phase.AUTO_STOPPED
    reason: Reason = Reason.STOPPED
    is_editing: bool = False
    adjust: int = 0
    manual: int | None = None
    manual_until_ns: int = 0
    price: int | None = None
    market: int | None = None
    addends: tuple[int, ...] = ()
    # Why its price does not fit, as far as the cell alone can tell.
    unfit: Reason = Reason.NO_SOURCE
    is_due: bool = False
    is_leaving: bool = False
    publication: Publication = msgspec.field(default_factory=Publication)

    @property
    def mode(self) -> Mode:
        return MODES[self.phase]

    @property
    def own_price(self) -> int | None:
        """What it would quote in its mode."""
        return self.price if MODES[self.phase] is Mode.AUTO else self.manual

    @property
    def target(self) -> int | None:
        """What is to stand in the market."""
        if self.phase is Phase.AUTO_VALID:
            return self.price
        return self.manual if self.phase is Phase.MANUAL_VALID else None
