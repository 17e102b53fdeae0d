"""Obligations over three real days of the IF contract: a maker simulated on its book, recounted."""

import csv
import gzip
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from monitoring.domain.business_figures import Duty, Reference, Told
from monitoring.domain.business_metrics import BusinessMetric
from monitoring.domain.making_figures import MakingFigures
from monitoring.domain.market_maker_obligation import Terms
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND, day_start_ns
from riskgw.messages.base_data import AccountData, BaseData, ContractData, SessionTableData

pytestmark = pytest.mark.shared

SYMBOL, TICK = "IF2101", 20_000
# In this contract spreads of the book come to four ticks and more: three are the widest allowed.
TERMS = Terms(1_000, ((0, 3 * TICK),), 20 * NS_PER_SECOND, 10 * NS_PER_SECOND, 60 * NS_PER_SECOND)
PHASES = (
    "09:25 opening_auction",
    "09:30 morning",
    "11:30 lunch",
    "13:00 afternoon",
    "15:00 closed",
)
SPANS_S = ((9 * 3600 + 1800, 11 * 3600 + 1800), (13 * 3600, 15 * 3600))


class Tick(NamedTuple):
    at_ns: int
    bid: str
    ask: str

    @property
    def spread(self) -> int:
        return round((float(self.ask) - float(self.bid)) * 100_000)


def ticks(path: Path, day: date) -> Iterator[Tick]:
    with gzip.open(path, "rt") as file:
        for row in csv.DictReader(file):
            stamp = row["action_time_ms"].rjust(9, "0")
            at = datetime.strptime(stamp[:6], "%H%M%S")
            seconds = at.hour * 3600 + at.minute * 60 + at.second
            at_ns = day_start_ns(day) + seconds * NS_PER_SECOND + int(stamp[6:]) * NS_PER_MS
            if float(row["bid1"]) and float(row["ask1"]):
                yield Tick(at_ns, row["bid1"], row["ask1"])


def every(found: list[Tick], count: int) -> list[Tick]:
    """The maker follows the book with every so many snapshots."""
    return found[::count]


def recounted(quotes: list[Tick], end_ns: int, day: date) -> tuple[int, int]:
    """Owed and present, quote by quote: what stands between two of them, cut to trading hours."""
    midnight = day_start_ns(day)
    spans = [tuple(midnight + s * NS_PER_SECOND for s in span) for span in SPANS_S]

    def traded(start: int, end: int) -> int:
        return sum(max(0, min(end, until) - max(start, since)) for since, until in spans)

    present = 0
    for number, tick in enumerate(quotes):
        until = quotes[number + 1].at_ns if number + 1 < len(quotes) else end_ns
        if tick.spread <= 3 * TICK:
            present += traded(tick.at_ns, until)
    return traded(quotes[0].at_ns, end_ns), present


@pytest.mark.parametrize("day", [date(2021, 1, each) for each in (4, 5, 6)])
def test_presence_equals_a_recount_of_the_day(shared: Path, day: date) -> None:
    path = shared / "data" / f"CFFEX.IF_tick_{day:%Y%m%d}.csv.gz"
    quotes = every(sorted(ticks(path, day)), 10)
    base = BaseData(
        accounts=(AccountData("M", "CFFEX", "G", "CTP", market_maker=True),),
        contracts=(ContractData(SYMBOL, "CFFEX", "0.2", "1", "20", kind="future"),),
        session_tables=(SessionTableData("CFFEX", date(2020, 1, 1), PHASES),),
    )
    duty = Duty("CFFEX", "future", "if", "", TERMS, 80_000_000, 80_000_000, wants_auction=False)
    making = MakingFigures(Reference(day, base, (duty,)))
    for number, tick in enumerate(quotes):
        fields = {"bid": tick.bid, "bid_size": "5", "ask": tick.ask, "ask_size": "5"}
        item = {"order_ref": str(number), "fields": fields}
        making.take(Told("quotes", "CFFEX", "M", SYMBOL, tick.at_ns, item))
    end_ns = day_start_ns(day) + 15 * 3600 * NS_PER_SECOND
    making.advance(end_ns)
    (figure,) = (
        each for each in making.figures() if each.metric is BusinessMetric.FUTURE_OBLIGATION
    )
    owed, present = recounted(quotes, end_ns, day)
    assert (figure.details["obliged_ns"], figure.details["present_ns"]) == (owed, present)
    assert 0 < present < owed
    assert figure.value == present * 100_000_000 // owed
