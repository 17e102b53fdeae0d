"""A day of the simulated counter's two market makers, beside a recount that knows minutes only."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from monitoring.domain.business_figures import Duty, Reference, Told
from monitoring.domain.business_metrics import BusinessMetric
from monitoring.domain.making_figures import MakingFigures
from monitoring.domain.market_maker_obligation import Terms
from riskgw.kernel.times import NS_PER_SECOND, day_start_ns
from riskgw.messages.base_data import BaseData, SessionTableData
from riskgw.wiring.simulation.futures_counter import BASE, EXCHANGE, FuturesCounter
from riskgw.wiring.simulation.market_maker import GOOD, OPTIONS, POOR

DAY = date(2026, 11, 23)
PHASES = (
    "09:25 opening_auction", "09:30 morning", "11:30 lunch", "13:00 afternoon", "15:00 closed",
)  # fmt: skip
BEGIN, END = 9 * 60 + 20, 15 * 60 + 10
OPEN = {*range(9 * 60 + 30, 11 * 60 + 30), *range(13 * 60, 15 * 60)}
MINUTE = 60 * NS_PER_SECOND
# Requests come in the middle of a minute, so the next one's quotes answer in time.
TERMS = Terms(10_000, ((0, 120_000),), 40 * NS_PER_SECOND, 10 * NS_PER_SECOND, MINUTE)
METRICS = {"option": BusinessMetric.OPTION_OBLIGATION, "future": BusinessMetric.FUTURE_OBLIGATION}
Place = tuple[str, str]


class Minutes:
    """What stood in each minute of the day, and who was asked in it."""

    def __init__(self, seed: int) -> None:
        self.feeds: list[tuple[str, int, dict[str, Any]]] = []
        self._standing: dict[Place, dict[str, str]] = {}
        self.fields: list[dict[Place, dict[str, str]]] = []
        self.asked: list[set[str]] = []
        counter = FuturesCounter(seed, 0)
        for minute in range(BEGIN, END):
            at_ns = day_start_ns(DAY) + minute * MINUTE
            for item in counter.quotes():
                self.feeds.append(("quotes", at_ns, item))
                self._note(item)
            requests = counter.quote_requests()
            self.feeds += (("quote-requests", at_ns + MINUTE // 2, item) for item in requests)
            self.fields.append(dict(self._standing))
            self.asked.append({item["symbol"] for item in requests})

    def _note(self, item: dict[str, Any]) -> None:
        place = item["account"], item["symbol"]
        if "fields" in item:
            self._standing[place] = item["fields"]
        else:
            del self._standing[place]

    def spread(self, place: Place, at: int) -> Fraction | None:
        """None where one side or both are missing."""
        fields = self.fields[at].get(place, {})
        if "bid" not in fields or "ask" not in fields:
            return None
        return Fraction(fields["ask"]) - Fraction(fields["bid"])

    def is_valid(self, place: Place, at: int) -> bool:
        spread = self.spread(place, at)
        if spread is None or at + BEGIN not in OPEN:
            return False
        sizes = (self.fields[at][place][side] for side in ("bid_size", "ask_size"))
        return spread <= Fraction("1.2") and all(int(size) >= 10 for size in sizes)

    def totals(self, place: Place) -> dict[str, int]:
        minutes = [at for at in range(END - BEGIN) if at + BEGIN in OPEN]
        spreads = [found for at in minutes if (found := self.spread(place, at)) is not None]
        asked = [
            at for at in minutes if place[1] in self.asked[at] and not self.is_valid(place, at)
        ]
        answered = [at for at in asked if self.is_valid(place, at + 1)]
        return {
            "obliged_ns": len(minutes) * MINUTE,
            "present_ns": sum(self.is_valid(place, at) for at in minutes) * MINUTE,
            "two_sided_ns": len(spreads) * MINUTE,
            "spread_ns": int(sum(spreads) * 100_000) * MINUTE,
            "requests": len(asked),
            "answered": len(answered),
            "missed": len(asked) - len(answered),
            "latency_ns": len(answered) * MINUTE // 2,
        }


def figures(minutes: Minutes) -> dict[Place, dict[str, Any]]:
    """What the product makes of the same records, as they came."""
    table = SessionTableData(EXCHANGE, date(2020, 1, 1), PHASES)
    base = BaseData(accounts=BASE.accounts, contracts=BASE.contracts, session_tables=(table,))
    duties = tuple(
        Duty(EXCHANGE, kind, "", "", TERMS, 80_000_000, 80_000_000, wants_auction=False)
        for kind in METRICS
    )
    making = MakingFigures(Reference(DAY, base, duties))
    for feed, at_ns, item in minutes.feeds:
        making.take(Told(feed, EXCHANGE, item["account"], item["symbol"], at_ns, item))
    making.advance(day_start_ns(DAY) + END * MINUTE)
    owed = [each for each in making.figures() if each.metric in METRICS.values()]
    return {(each.key[1], each.key[2]): each.details for each in owed}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_figure_of_a_simulated_day_equals_a_recount_by_minutes(seed: int) -> None:
    minutes = Minutes(seed)
    found = figures(minutes)
    symbols = [each.symbol for each in BASE.contracts]
    assert set(found) == {(maker, symbol) for maker in (GOOD, POOR) for symbol in symbols}
    for place, details in found.items():
        expected = minutes.totals(place)
        assert {name: details[name] for name in expected} == expected, place
    options = [symbol for symbol, _ in OPTIONS]
    poor = [found[POOR, symbol]["presence"] for symbol in options]
    good = [found[GOOD, symbol]["presence"] for symbol in options]
    assert max(poor) < 100_000_000
    assert min(poor) < min(good)
    assert sum(found[POOR, symbol]["missed"] for symbol in options) > 0
