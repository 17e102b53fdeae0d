"""A futures exchange with one market maker, and what counters would send of a day."""

from collections.abc import Iterable
from itertools import count
from typing import Any

from monitoring.actions.store_results import made_of, store_results
from monitoring.actions.take_feed import Batch, take_feed
from monitoring.domain.replica import ReplicaShard
from monitoring.restriction_queries import restrictions_in_force
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind, Offset, Side
from riskgw.messages.base_data import AccountData, BaseData, ContractData
from riskgw.messages.counter_feed import FeedKind
from riskgw.shards.entries import Judged, Load, Results
from tests.events import event
from tests.rules import OPEN_NS

MAKER, CLIENT = "F8", "F1"
OPTION, FUTURE = "IO2612-C-3900", "IF2612"
BASE = BaseData(
    accounts=(
        AccountData(MAKER, "CFFEX", "GM", "CTP", market_maker=True, permissions=("*",)),
        AccountData(CLIENT, "CFFEX", "GC", "CTP", permissions=("future",)),
    ),
    contracts=(
        ContractData(OPTION, "CFFEX", "0.2", "1", "20", kind="option", previous_close="120"),
        ContractData(FUTURE, "CFFEX", "0.2", "1", "20", kind="future", previous_close="3900"),
    ),
)
_numbers = count(1)


def at(seconds: int) -> int:
    """So long after 09:30."""
    return OPEN_NS + seconds * NS_PER_SECOND


def send(feed: FeedKind, *items: dict[str, Any]) -> None:
    """As a counter would, at the time each item names."""
    for item in items:
        whole = {"source_id": f"S{next(_numbers)}", "exchange": "CFFEX", **item}
        at_ns = whole.get("time_ns", at(0))
        if feed in (FeedKind.FUNDS, FeedKind.POSITIONS):
            whole.pop("time_ns", None)
        taken = take_feed(Batch(feed, "tester", "CTP", "CTP", [whole], at_ns))
        assert (taken.accepted, taken.errors) == (1, [])


def quote(seconds: int, symbol: str = OPTION, ref: str = "Q", **fields: str) -> None:
    sides = {"bid": "120", "bid_size": "10", "ask": "124", "ask_size": "10"} | fields
    send(FeedKind.QUOTES, {
        "account": MAKER, "symbol": symbol, "order_ref": ref, "fields": sides,
        "time_ns": at(seconds),
    })  # fmt: skip


def withdraw(seconds: int, symbol: str = OPTION, ref: str = "Q") -> None:
    send(FeedKind.QUOTES, {
        "event": "quote_cancel", "account": MAKER, "symbol": symbol, "cancel_of": ref,
        "time_ns": at(seconds),
    })  # fmt: skip


def request(seconds: int, symbol: str = OPTION) -> None:
    send(FeedKind.QUOTE_REQUESTS, {"account": CLIENT, "symbol": symbol, "time_ns": at(seconds)})


def funds(seconds: int, **amounts: str) -> None:
    send(FeedKind.FUNDS, {"account": CLIENT, "time_ns": at(seconds), **amounts})


def orders(kinds: Iterable[EventKind], *, symbol: str = FUTURE, lots: int = 1) -> None:
    """Stored as unload does."""
    judged = []
    for kind in kinds:
        number = next(_numbers)
        one = event(
            kind, exchange="CFFEX", account=CLIENT, symbol=symbol, quantity=lots * 1000,
            offset=Offset.OPEN, order_ref=f"R{number}", time_ns=at(number), at_ns=at(number),
        )  # fmt: skip
        judged.append(Judged(number, one, is_late=False, alerts=()))
    store_results(made_of([Results("0", judged, [])]), [])


def verdict(account: str, symbol: str) -> tuple[str, list[str]]:
    """What a counter hears when it asks whether an opening order may leave."""
    shard = ReplicaShard()
    shard.take(Load(BASE, ()))
    order = {
        "exchange": "CFFEX", "account": account, "symbol": symbol, "side": str(Side.BUY),
        "offset": "open", "order_type": "limit", "tif": "day", "price": "120", "quantity": "1",
    }  # fmt: skip
    checked = shard.check(order, restrictions_in_force(), None)
    return str(checked.verdict), [reason.rule for reason in checked.reasons]
