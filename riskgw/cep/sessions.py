"""Which phase an instant lies in, by exchange and product, and which trading day it belongs to."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from riskgw.kernel.calendars import TradingCalendar, joined
from riskgw.kernel.sessions import (
    DAY_MINUTES,
    DAYTIME,
    EVENING_MINUTES,
    IDLE,
    STOCK_TABLE,
    Phase,
    PhaseTable,
    phases_of,
)
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.messages.base_data import (
    AccountData,
    BaseData,
    CalendarData,
    ContractData,
    SessionTableData,
)

# Contracts whose clock is remembered; when there are more, all are looked up again.
CONTRACTS_MAX = 65_536

_MINUTE_NS = 60 * NS_PER_SECOND
_HOUR_NS = 60 * _MINUTE_NS
_DAY_NS = DAY_MINUTES * _MINUTE_NS
_UNIX_EPOCH = date(1970, 1, 1).toordinal()
_BEIJING_MINUTES = 8 * 60
# From an instant's day of UTC to its trading day, weekends apart.
_SHIFT_NS = (_BEIJING_MINUTES + EVENING_MINUTES) * _MINUTE_NS
_LETTERS = re.compile("[A-Za-z]+")
# From the first day on, newest first: what is in force is found in a few steps.
Tables = tuple[tuple[int, PhaseTable], ...]
_new = tuple.__new__
_STOCK: Tables = ((0, STOCK_TABLE),)


class Moment(NamedTuple):
    """`traded_ns` grows while there is trading and stands still otherwise."""

    phase: str
    began_ns: int
    traded_ns: int


class _Span(NamedTuple):
    """What all instants of a part of a trading day share."""

    from_ns: int
    until_ns: int
    moment: Moment
    is_traded: bool


class SessionClock:
    """Phases and trading time of the products that share their tables.

    Time goes on, so the span of the latest instant is kept; any other is worked out.
    """

    def __init__(self, market: TradingCalendar, own: TradingCalendar, tables: Tables) -> None:
        self._market, self._own, self._tables = market, own, tables
        self._latest = self._span(0)

    def moment(self, at_ns: int) -> Moment:
        span = self._latest
        if not span.from_ns <= at_ns < span.until_ns:
            span = self._latest = self._span(at_ns)
        if not span.is_traded:
            return span.moment
        phase, began_ns, traded_ns = span.moment
        # A third of what the class itself would take; this is asked for every event.
        return _new(Moment, (phase, began_ns, traded_ns + at_ns - span.from_ns))

    def phase(self, at_ns: int) -> str:
        span = self._latest
        if not span.from_ns <= at_ns < span.until_ns:
            span = self._latest = self._span(at_ns)
        return span.moment.phase

    def _span(self, at_ns: int) -> _Span:
        """Trading time is counted anew on each trading day, far from that of the day before."""
        days, place_ns = divmod(at_ns + _SHIFT_NS, _DAY_NS)
        date_, evening_ns = days + _UNIX_EPOCH, at_ns - place_ns
        place = place_ns // _MINUTE_NS
        day = self._market.on_or_after(date_)
        table = next(each for since, each in self._tables if since <= day)
        is_night = place < DAYTIME
        is_open = self._own.has_night(date_) if is_night else self._own.is_open(date_)
        counted = (day - _UNIX_EPOCH) * DAY_MINUTES
        if not is_open:
            start, end = (0, DAYTIME) if is_night else (DAYTIME, DAY_MINUTES)
            traded = (counted + table.traded_at_daytime) * _MINUTE_NS
            phase, moment = Phase.CLOSED, Moment(Phase.CLOSED.value, evening_ns, traded)
        else:
            start, end, phase, began, traded = table.span(place)
            began_ns = evening_ns + began * _MINUTE_NS
            moment = Moment(phase.value, began_ns, (counted + traded) * _MINUTE_NS)
        from_ns, until_ns = (evening_ns + each * _MINUTE_NS for each in (start, end))
        return _Span(from_ns, until_ns, moment, phase not in IDLE)


class Sessions:
    """When which contracts are traded. Without tables the phases are those of stocks.

    The trading day is one for all: the next on which any exchange is open. An exchange without a
    calendar is open on weekdays. A contract is asked for by its name, `SHFE:cu2601`; where it is
    not known the exchange stands for it.
    """

    def __init__(self, base: BaseData | None = None) -> None:
        base = base or BaseData()
        told: tuple[AccountData | ContractData | CalendarData | SessionTableData, ...]
        told = (*base.accounts, *base.contracts, *base.calendars, *base.session_tables)
        exchanges = sorted({each.exchange for each in told})
        self._calendars = {each.exchange: _calendar(each) for each in base.calendars}
        self._market = joined(map(self._calendar, exchanges))
        self._tables = _tables(base.session_tables)
        products = {product for _, product in self._tables if product}
        self._kinds = {
            f"{each.exchange}:{each.symbol}": each.kind.casefold()
            for each in base.contracts
            if each.kind.casefold() in products
        }
        # One for all that share calendar and tables, so that spans are worked out once.
        self._shared: dict[tuple[str, Tables], SessionClock] = {}
        self._by_product = {key: self._clock_of(*key) for key in self._tables}
        for exchange in exchanges:
            self._by_product[exchange, ""] = self._clock_of(exchange, "")
        self._unknown = SessionClock(self._market, self._market, _STOCK)
        self._clocks: dict[str | None, SessionClock] = {}
        self._hour, self._day = -1, self._trading_day(-1)

    def moment(self, contract: str | None, at_ns: int) -> Moment:
        """The phase an instant lies in, and the trading time by then."""
        clock = self._clocks.get(contract) or self._found(contract)
        return clock.moment(at_ns)

    def phase(self, contract: str | None, at_ns: int) -> str:
        clock = self._clocks.get(contract) or self._found(contract)
        return clock.phase(at_ns)

    def is_before_opening(self, contract: str | None, at_ns: int) -> bool:
        """Whether the contract's trading day is still to open: it is closed, and was all day."""
        phase, _, traded_ns = self.moment(contract, at_ns)
        return phase == Phase.CLOSED and not traded_ns % _DAY_NS

    def least_traded_ns(self, at_ns: int) -> int:
        """The trading time where least of it has passed: what is too old by this is too old."""
        clocks = (self._unknown, *self._shared.values())
        return min(each.moment(at_ns).traded_ns for each in clocks)

    def trading_day(self, at_ns: int) -> date:
        hour = at_ns // _HOUR_NS
        if hour != self._hour:
            self._hour, self._day = hour, self._trading_day(hour)
        return self._day

    def trading_days_before(self, day: date, count: int) -> date:
        """So many trading days back."""
        return date.fromordinal(self._market.before(day.toordinal(), count))

    def trading_day_after(self, day: date) -> date:
        return date.fromordinal(self._market.on_or_after(day.toordinal() + 1))

    def _trading_day(self, hour: int) -> date:
        days = (hour * _HOUR_NS + _SHIFT_NS) // _DAY_NS
        return date.fromordinal(self._market.on_or_after(days + _UNIX_EPOCH))

    def _found(self, contract: str | None) -> SessionClock:
        exchange, _, symbol = (contract or "").partition(":")
        letters = _LETTERS.match(symbol)
        products = letters[0].casefold() if letters else "", self._kinds.get(contract or "", "")
        named = (*filter(None, products), "")
        found = (self._by_product.get((exchange, each)) for each in named)
        clock = next((each for each in found if each is not None), self._unknown)
        if len(self._clocks) >= CONTRACTS_MAX:
            self._clocks.clear()
        self._clocks[contract] = clock
        return clock

    def _clock_of(self, exchange: str, product: str) -> SessionClock:
        """A product's tables come first, then its exchange's, then those of stocks."""
        wide = self._tables.get((exchange, ""), ()) if product else ()
        tables = (*self._tables.get((exchange, product), ()), *wide, *_STOCK)
        key = exchange, tables
        if key not in self._shared:
            self._shared[key] = SessionClock(self._market, self._calendar(exchange), tables)
        return self._shared[key]

    def _calendar(self, exchange: str) -> TradingCalendar:
        return self._calendars.get(exchange, TradingCalendar())


def _calendar(told: CalendarData) -> TradingCalendar:
    days = {each.day.toordinal(): each for each in told.days}
    return TradingCalendar(
        closed=frozenset(day for day, each in days.items() if not each.is_open),
        opened=frozenset(day for day, each in days.items() if each.is_open),
        nights={day: each.has_night for day, each in days.items() if each.has_night is not None},
    )


def _tables(told: Iterable[SessionTableData]) -> Mapping[tuple[str, str], Tables]:
    """By exchange and product, newest first; the product is empty for all others."""
    found: dict[tuple[str, str], dict[int, PhaseTable]] = {}
    for each in told:
        table = PhaseTable.of(phases_of(each.phases))
        for product in each.products or ("",):
            by_day = found.setdefault((each.exchange, product.casefold()), {})
            by_day[each.effective_from.toordinal()] = table
    return {key: tuple(sorted(by_day.items(), reverse=True)) for key, by_day in found.items()}
