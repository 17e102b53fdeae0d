"""Phases and trading time of an instant: what session windows and the trading clock go by."""

from bisect import bisect_right
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple, Protocol

from riskgw.cep.observation import Observation
from riskgw.kernel.sessions import PHASES
from riskgw.kernel.times import NS_PER_SECOND, trading_day

_MINUTE_NS = 60 * NS_PER_SECOND
_DAY_MINUTES = 24 * 60
_BEIJING_MINUTES = 8 * 60
# The trading day begins at 19:00 of the evening before, its daytime part at 08:00.
_EVENING_MINUTES = 5 * 60
_DAYTIME = 13 * 60
_UNIX_EPOCH = date(1970, 1, 1).toordinal()
_SATURDAY = 5
_MINUTES_MAX = 16_384


class Moment(NamedTuple):
    """`traded_ns` grows while there is trading and stands still otherwise."""

    phase: str
    began_ns: int
    traded_ns: int


class Sessions(Protocol):
    """When which contracts are traded."""

    def moment(self, exchange: str | None, product: str | None, at_ns: int) -> Moment:
        """The phase an instant lies in, and the trading time by then."""

    def least_traded_ns(self, at_ns: int) -> int:
        """The trading time where least of it has passed: what is too old by this is too old."""

    def trading_days_before(self, day: date, count: int) -> date:
        """So many trading days back."""


class PhaseTable(NamedTuple):
    """Phases by the local minute they begin at, from 0:00; those in which nothing is traded."""

    phases: tuple[tuple[int, str], ...] = PHASES
    idle: frozenset[str] = frozenset(("closed", "pause", "lunch"))

    def moment(self, at_ns: int) -> Moment:
        minute, within_ns = divmod(at_ns, _MINUTE_NS)
        moment, is_traded = _at_minute(self, minute)
        if not is_traded:
            return moment
        return Moment(moment.phase, moment.began_ns, moment.traded_ns + within_ns)


class OneTable(NamedTuple):
    """The same phases for every contract; public holidays are not known here."""

    table: PhaseTable = PhaseTable()

    def moment(self, exchange: str | None, product: str | None, at_ns: int) -> Moment:
        return self.table.moment(at_ns)

    def least_traded_ns(self, at_ns: int) -> int:
        return self.table.moment(at_ns).traded_ns

    def trading_days_before(self, day: date, count: int) -> date:
        while count:
            day -= timedelta(days=1)
            count -= day.weekday() < _SATURDAY
        return day


STOCK_SESSIONS: Sessions = OneTable()


class Moments:
    """The moment of the observation being judged, looked up once for all who ask."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self._latest: Observation | None = None
        self._moment = Moment("", 0, 0)

    def of(self, observation: Observation) -> Moment:
        if observation is not self._latest:
            self._latest = observation
            self._moment = self.sessions.moment(
                observation.exchange, observation.product, observation.time_ns
            )
        return self._moment


@lru_cache(maxsize=_MINUTES_MAX)
def _at_minute(table: PhaseTable, minute: int) -> tuple[Moment, bool]:
    """The moment at the beginning of a minute since 1970, and whether it is one of trading."""
    day = trading_day(minute * _MINUTE_NS).toordinal() - _UNIX_EPOCH
    evening_days, place = divmod(minute + _BEIJING_MINUTES + _EVENING_MINUTES, _DAY_MINUTES)
    is_open = _has_sessions(evening_days, place, day)
    phase, began = ("closed", 0)
    if is_open:
        began, phase = _phases_from_evening(table)[_index(table, place)]
    counted = place if is_open else _DAYTIME
    traded = day * _DAY_MINUTES + _traded_minutes(table, counted)
    moment = Moment(phase, (minute - place + began) * _MINUTE_NS, traded * _MINUTE_NS)
    return moment, is_open and phase not in table.idle


def _has_sessions(evening_days: int, place: int, day: int) -> bool:
    """Monday's night session is on Friday night; weekends have no daytime, Sunday no night."""
    if place >= _DAYTIME:
        return evening_days == day
    before = trading_day(
        (evening_days * _DAY_MINUTES - _BEIJING_MINUTES - _EVENING_MINUTES - 1) * _MINUTE_NS
    )
    return before.toordinal() - _UNIX_EPOCH != day


@lru_cache(maxsize=_MINUTES_MAX)
def _phases_from_evening(table: PhaseTable) -> list[tuple[int, str]]:
    """The table turned so that it begins in the evening; neighbours of one name are one phase."""
    turned = sorted(
        ((minute + _EVENING_MINUTES) % _DAY_MINUTES, name) for minute, name in table.phases
    )
    if turned[0][0]:
        turned.insert(0, (0, turned[-1][1]))
    return [
        each for number, each in enumerate(turned) if not number or each[1] != turned[number - 1][1]
    ]


def _index(table: PhaseTable, place: int) -> int:
    starts = [minute for minute, _ in _phases_from_evening(table)]
    return bisect_right(starts, place) - 1


def _traded_minutes(table: PhaseTable, place: int) -> int:
    """Minutes of trading from the evening to a place in the trading day."""
    phases = _phases_from_evening(table)
    ends = [minute for minute, _ in phases[1:]] + [_DAY_MINUTES]
    return sum(
        max(0, min(end, place) - start)
        for (start, name), end in zip(phases, ends, strict=True)
        if name not in table.idle
    )
