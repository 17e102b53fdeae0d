"""What rules look at: one event with everything known about its order, account and contract."""

import msgspec

from riskgw.kernel.words import EventKind, Offset, OrderType, Side, TimeInForce


class Observation(msgspec.Struct, kw_only=True, gc=False):
    """Unknown is None. Each attribute a rule may name stands in `riskgw.cep.fields`.

    `price` in 10**-5 CNY, `quantity` in 10**-3 units, `amount` in 10**-8 CNY, `age_ns` since the
    order. `order_ref` is the order the event is about; `is_late` came after its time was judged.
    `source` is the address that opened the connection.
    """

    event: EventKind
    time_ns: int
    order_ref: str
    is_late: bool = False
    exchange: str | None = None
    account: str | None = None
    group: str | None = None
    customer: str | None = None
    counter: str | None = None
    access_system: str | None = None
    source: str | None = None
    contract: str | None = None
    product: str | None = None
    board: str | None = None
    side: Side | None = None
    order_type: OrderType | None = None
    tif: TimeInForce | None = None
    offset: Offset | None = None
    price: int | None = None
    quantity: int | None = None
    amount: int | None = None
    age_ns: int | None = None
    order_quantity_max: int | None = None
    is_self_trade: bool = False
    is_st: bool = False
    is_market_maker: bool = False
    is_hedge: bool = False
    is_counter_unknown: bool = False
    evidence: str | None = None
