"""Two friends at two counters: whom the browser's site knows, and what its shards have heard."""

from typing import Any

from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import Side
from riskgw.messages.base_data import AccountData, BaseData, ContractData
from riskgw.messages.holdings import Funds, Position
from riskgw.messages.market import Snapshot
from riskgw.shards.entries import Heard, Holdings, Load, Market, packed
from riskgw.shards.partition import shard_of
from tests.events import event
from tests.rules import OPEN_NS

GROUP = "FRIENDS"
BASE = BaseData(
    accounts=(
        AccountData("E100000001", "SSE", GROUP, "ALPHA", "KFIRST"),
        AccountData("E100000002", "SSE", GROUP, "BETA", "KSECOND"),
    ),
    contracts=(ContractData("600000", "SSE", "0.01", "100", "1000000", kind="stock"),),
)
ORDERS = 3


def tell(queue: Any) -> None:
    """What load, the counters, the market and the decoders would write."""
    for shard in range(2):
        _write(queue, shard, Load(BASE, ()))
        _write(queue, shard, Market([Snapshot(OPEN_NS, "SSE", "600000", last=1_010_000)]))
        orders = [] if shard != shard_of(GROUP, 2) else [_order(place) for place in range(ORDERS)]
        _write(queue, shard, Heard("s", OPEN_NS + 1_000 * NS_PER_MS, 0, orders))
    held = Position("SSE", "E100000001", "600000", 500_000)
    funds = Funds("E100000001", "SSE", available=5_000_000)
    _write(queue, shard_of(GROUP, 2), Holdings("c", [held], [funds]))


def _order(place: int) -> Any:
    """Sells of both in turn."""
    return event(
        account=f"E10000000{1 + place % 2}", order_ref=f"E{place}", side=Side.SELL,
        time_ns=OPEN_NS + place * NS_PER_MS,
    )  # fmt: skip


def _write(queue: Any, shard: int, entry: Any) -> None:
    queue.xadd(f"orders.{shard}", {"b": packed(entry)})
