"""What becomes of a pair's cells: gestures and prices in, phases out, by the tables of `cell`."""

from collections.abc import Iterable

from quoting.domain.cell import (
    MODES,
    PEOPLES,
    QUOTING,
    STARTED,
    TABLES,
    Act,
    Cell,
    Fit,
    Gesture,
    Phase,
)
from quoting.domain.effects import EditorOpened, Effect, Moved, Refused
from quoting.domain.exposure import Exposure
from quoting.domain.ladder import Rung, conflict
from quoting.domain.market import Market
from quoting.domain.pricing import PairPricing
from quoting.domain.rows import Row
from quoting.domain.settings import EditScope, PairSettings
from quoting.domain.words import Mode, Profile, Reason

LIMIT_REASONS = frozenset((Reason.SINGLE_LIMIT, Reason.NET_LIMIT, Reason.GROSS_LIMIT))
_GOOD = (Fit.IN, Reason.NONE)
_STARTS = frozenset((Gesture.START, Gesture.ENTER_START))
_ENTERS = frozenset((Gesture.ENTER, Gesture.ENTER_START))
_STOPS = {Gesture.STOP: Reason.STOPPED, Gesture.CLEAR: Reason.CLEARED,
          Gesture.FOLLOW: Reason.SAVED_ELSEWHERE, Gesture.PUBLISH_TTL: Reason.PUBLISH_TTL,
          Gesture.MANUAL_TTL: Reason.MANUAL_TTL}  # fmt: skip


class Mover:
    """The cells of one pair in rows, the best first. `out` takes what follows."""

    __slots__ = ("at_ns", "exposure", "halted", "market", "out", "pricing", "rows",
                 "settings", "waits")  # fmt: skip

    def __init__(
        self,
        settings: PairSettings,
        rows: list[Row],
        market: Market,
        pricing: PairPricing,
        exposure: Exposure,
    ) -> None:
        self.rows = rows
        self.market = market
        self.pricing = pricing
        self.exposure = exposure
        self.out: list[Effect] = []
        self.at_ns = 0
        # Whether a cell is invalid and waits for a good price.
        self.waits = False
        # Why nothing may be started.
        self.halted = Reason.NONE
        self.settings = settings

    def reprice(self) -> None:
        """Prices as of now, and what becomes of the cells by them."""
        self.pricing.price(self.rows, self.market, self.at_ns)
        self._judge()

    def follow(self) -> bool:
        """The same after a tick, where that makes a difference; whether it did."""
        moved = self.pricing.follow(self.rows, self.market, self.at_ns)
        if moved or self.waits:
            self._judge()
        return moved or self.waits

    def _judge(self) -> None:
        self.waits = False
        for row in self.rows:
            for cell in row:
                phase = cell.phase
                if phase is Phase.AUTO_VALID:
                    if cell.unfit is not Reason.NONE:
                        self._move(cell, Gesture.PRICE, _unfit(cell))
                elif phase is Phase.AUTO_INVALID:
                    self._move(cell, Gesture.PRICE, self._may_return(cell))
                self.waits = self.waits or cell.phase is Phase.AUTO_INVALID

    def recheck_manual(self) -> None:
        """Prices of people against limits that are others now; ticks never ask."""
        for cell in self._cells():
            if cell.phase is Phase.MANUAL_VALID:
                self._move(cell, Gesture.PRICE, self._manual_fit(cell, cell.manual))

    def touch(self, cell: Cell, gesture: Gesture, value: int | None) -> None:
        """What a person does to one cell."""
        assert gesture in PEOPLES, gesture
        if self.halted and gesture in _STARTS:
            self._refuse(cell, gesture, self.halted)
        elif gesture is Gesture.NUDGE:
            self._nudge(cell, value or 0)
        elif gesture in _ENTERS:
            self._enter(cell, gesture, value)
        elif gesture is Gesture.START:
            self._move(cell, gesture, self._start_fit(cell))
        elif gesture is Gesture.AUTO:
            self.feed(cell, gesture)
        elif gesture is Gesture.ESC and not cell.is_editing:
            self._refuse(cell, gesture, Reason.NOT_EDITING)
        else:
            self._move(cell, gesture, (Fit.IN, _STOPS.get(gesture, Reason.NONE)))

    def feed(self, cell: Cell, gesture: Gesture = Gesture.FEED) -> None:
        """To automatic prices."""
        if not self.settings.keeps_adjust and cell.mode is Mode.MANUAL and cell.adjust:
            cell.adjust = 0
            self.pricing.price(self.rows, self.market, self.at_ns)
        was_manual = cell.phase is Phase.MANUAL_VALID
        # Its own price makes way for the automatic one; only others' stand against that.
        fit = self._beside_others(cell) if was_manual else self._auto_fit(cell)
        self._move(cell, gesture, fit)

    def stop(self, cells: Iterable[Cell], reason: Reason) -> None:
        """Whoever or whatever stops them: nothing of them stays."""
        for cell in cells:
            self._move(cell, Gesture.STOP, (Fit.IN, reason))

    def withdraw(self, cells: Iterable[Cell], reason: Reason) -> None:
        """Cells that quote must not any more; automatic ones come back once they may."""
        for cell in cells:
            if cell.phase in QUOTING:
                self._move(cell, Gesture.PRICE, (Fit.OUT, reason))

    def expire(self, cell: Cell, gesture: Gesture) -> None:
        """A time to live is over."""
        fit = _unfit(cell) if cell.mode is Mode.AUTO else _GOOD
        if fit == _GOOD:
            fit = Fit.IN, _STOPS[gesture]
        self._move(cell, gesture, fit)

    def _cells(self) -> Iterable[Cell]:
        return (cell for row in self.rows for cell in row)

    def _enter(self, cell: Cell, gesture: Gesture, price: int | None) -> None:
        if not cell.is_editing:
            self._refuse(cell, gesture, Reason.NOT_EDITING)
            return
        if self.settings.profile is Profile.SOURCE and gesture is Gesture.ENTER_START:
            self._refuse(cell, gesture, Reason.NOT_OFFERED)
            return
        was_auto = cell.mode is Mode.AUTO
        publishes = cell.phase in STARTED or gesture is Gesture.ENTER_START
        self._move(cell, gesture, self._manual_fit(cell, price, publishes=publishes), price)
        if was_auto and cell.mode is Mode.MANUAL:
            for other in self._in_scope(cell):
                self._move(other, Gesture.FOLLOW, (Fit.IN, Reason.SAVED_ELSEWHERE))

    def _in_scope(self, cell: Cell) -> list[Cell]:
        scope = self.settings.edit_scope
        if scope is EditScope.CELL:
            return []
        is_pair = scope is EditScope.PAIR
        return [
            each
            for each in self._cells()
            if each is not cell and (is_pair or each.side is cell.side)
        ]

    def _nudge(self, cell: Cell, steps: int) -> None:
        if cell.mode is Mode.MANUAL:
            price = None if cell.manual is None else cell.manual + steps
            fit = self._manual_fit(cell, price, publishes=cell.phase in QUOTING)
            self._move(cell, Gesture.NUDGE, fit, steps)
            return
        before = cell.price
        cell.adjust += steps
        self.pricing.price(self.rows, self.market, self.at_ns)
        price, fit = cell.price, self._auto_fit(cell)
        cell.adjust -= steps
        self.pricing.price(self.rows, self.market, self.at_ns)
        if price is not None and price == before:
            self._refuse(cell, Gesture.NUDGE, Reason.NO_EFFECT)
            return
        self._move(cell, Gesture.NUDGE, fit, steps)

    def _move(
        self, cell: Cell, gesture: Gesture, fit: tuple[Fit, Reason], value: int | None = None
    ) -> None:
        """One row of the table."""
        kind, reason = fit
        acts, phase = TABLES[self.settings.profile][cell.phase, gesture, kind]
        if Act.REFUSE in acts:
            if gesture in PEOPLES:
                self._refuse(cell, gesture, reason or Reason.NOTHING_TO_KEEP)
            return
        for act in acts:
            self._act(cell, act, value)
        if phase in QUOTING:
            reason = Reason.NONE
        elif phase is cell.phase and gesture not in (Gesture.PRICE, Gesture.STOP):
            reason = cell.reason
        else:
            reason = reason or Reason.STOPPED
        self._put(cell, phase, reason, gesture)

    def _put(self, cell: Cell, phase: Phase, reason: Reason, gesture: Gesture) -> None:
        before = cell.phase
        if phase is before and reason is cell.reason:
            return
        cell.phase, cell.reason = phase, reason
        self.waits = self.waits or phase is Phase.AUTO_INVALID
        if phase is Phase.MANUAL_VALID:
            self._renew(cell)
        if phase in QUOTING:
            cell.publication.refused = None
        if MODES[phase] is Mode.AUTO and MODES[before] is Mode.MANUAL:
            cell.manual = None
        self.out.append(
            Moved(self.settings.pair, cell.side, cell.level, before, phase, reason, gesture)
        )

    def _act(self, cell: Cell, act: Act, value: int | None) -> None:
        if act is Act.ADJUST:
            cell.adjust += value or 0
            self.pricing.price(self.rows, self.market, self.at_ns)
        elif act is Act.MOVE:
            assert cell.manual is not None
            cell.manual += value or 0
            self._renew(cell)
        elif act is Act.SAVE:
            cell.manual = value
            self._renew(cell)
        elif act is Act.CLEAR:
            cell.manual = None
            cell.adjust = 0
            self.pricing.price(self.rows, self.market, self.at_ns)
        elif act is Act.OPEN:
            self._open(cell)
        elif act is Act.CLOSE:
            cell.is_editing = False
        elif act is Act.REFRESH:
            cell.is_due = True
        elif act is Act.KEEP:
            self._renew(cell)

    def _open(self, cell: Cell) -> None:
        cell.is_editing = True
        publishes = cell.phase in STARTED
        self.out.append(
            EditorOpened(self.settings.pair, cell.side, cell.level, cell.own_price, publishes)
        )

    def _renew(self, cell: Cell) -> None:
        ttl_ns = self.settings.ttls.manual_ns
        cell.manual_until_ns = self.at_ns + ttl_ns if ttl_ns else 0

    def _refuse(self, cell: Cell, gesture: Gesture, reason: Reason) -> None:
        self.out.append(Refused(self.settings.pair, gesture.value, reason, cell.side, cell.level))

    def _start_fit(self, cell: Cell) -> tuple[Fit, Reason]:
        if cell.mode is Mode.AUTO:
            return self._auto_fit(cell)
        return self._manual_fit(cell, cell.manual)

    def _auto_fit(self, cell: Cell, beside: int = 0) -> tuple[Fit, Reason]:
        if cell.unfit is not Reason.NONE:
            return _unfit(cell)
        if cell.phase in QUOTING:
            return _GOOD
        breach = self.exposure.refusal(cell, cell.size, beside)
        return (Fit.OUT, breach.reason) if breach else _GOOD

    def _may_return(self, cell: Cell) -> tuple[Fit, Reason]:
        """Cells that a limit took out come back together, or one after the other would be taken out
        by the next again."""
        if cell.reason is Reason.PUBLISH_TTL and self.market.good_ns != self.at_ns:
            return Fit.NONE, Reason.PUBLISH_TTL
        if cell.unfit is not Reason.NONE or cell.reason not in LIMIT_REASONS:
            return self._auto_fit(cell)
        beside = sum(
            other.size
            for other in self._cells()
            if other.side is cell.side
            and other is not cell
            and other.phase is Phase.AUTO_INVALID
            and other.reason in LIMIT_REASONS
        )
        return self._auto_fit(cell, beside)

    def _beside_others(self, cell: Cell) -> tuple[Fit, Reason]:
        """The fit of an automatic price that takes the place of the cell's own manual one."""
        phase, cell.phase = cell.phase, Phase.AUTO_VALID
        self.pricing.price(self.rows, self.market, self.at_ns)
        fit = _unfit(cell)
        cell.phase = phase
        return fit

    def _manual_fit(
        self, cell: Cell, price: int | None, *, publishes: bool = True
    ) -> tuple[Fit, Reason]:
        """Of a price that a person gave; against others only if it is to stand beside them."""
        if price is None:
            return Fit.NONE, Reason.NO_PRICE
        settings = self.settings
        if not settings.price_low <= price <= settings.price_high:
            return Fit.OUT, Reason.PRICE_BAND
        if price % settings.spread.grid:
            return Fit.OUT, Reason.OFF_GRID
        if not publishes:
            return _GOOD
        reason = self._conflict(cell, price)
        if reason is Reason.NONE and cell.phase not in QUOTING:
            breach = self.exposure.refusal(cell, cell.size)
            reason = breach.reason if breach else Reason.NONE
        return (Fit.OUT, reason) if reason else _GOOD

    def _conflict(self, cell: Cell, price: int) -> Reason:
        """Whether it would cross or undercut what stands; automatic prices of the levels behind it
        follow it and do not count."""
        place = next(rank for rank, row in enumerate(self.rows) if cell in row)
        others = [
            Rung(other.side, rank, other.target)
            for rank, row in enumerate(self.rows)
            for other in row
            if other is not cell
            and other.target is not None
            and not (rank > place and other.side is cell.side and other.mode is Mode.AUTO)
        ]
        return conflict(Rung(cell.side, place, price), others)


def _unfit(cell: Cell) -> tuple[Fit, Reason]:
    if cell.unfit is Reason.NONE:
        return _GOOD
    return (Fit.NONE if cell.price is None else Fit.OUT), cell.unfit
