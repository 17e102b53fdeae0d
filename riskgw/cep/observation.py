"""What rules look at: one event with everything known about its order, account and contract."""

import msgspec

from riskgw.kernel.words import EventKind, Offset, OrderType, Side, TimeInForce


class Observation(msgspec.Struct, kw_only=True, gc=False):
    """Unknown is None. Each attribute a rule may name stands in `riskgw.cep.fields`.

    `price` in 10**-5 CNY, `quantity` in 10**-3 units, `amount` in 10**-8 CNY, `age_ns` since the
    order. `order_ref` is the order the event is about; `is_late` came after its time was judged.
    `source` is the address that opened the connection. Percents have 6
    digits, `market_turnover` and funds 5.

    Quantities of the market and of the group's own orders are those of the event's side.
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
    # What the order asks for, as text: what asks for the same has the same. The index it counts in.
    terms: str | None = None
    index: str | None = None
    is_self_trade: bool = False
    is_st: bool = False
    is_market_maker: bool = False
    is_hedge: bool = False
    is_counter_unknown: bool = False
    evidence: str | None = None

    phase: str | None = None
    segment: str | None = None
    pool: str | None = None

    # The order after the event, and the information volume the event adds.
    units: int | None = None
    live_quantity: int | None = None
    cancelled_quantity: int | None = None
    size_percent_max: int | None = None
    tick_ok: bool | None = None
    lot_ok: bool | None = None
    has_permission: bool | None = None
    is_opening: bool | None = None
    is_closing: bool | None = None

    # The group's own live orders in the contract, and the market's best five levels.
    in_best5: bool | None = None
    own_live_best5: int | None = None
    best5_quantity: int | None = None
    own_best5_percent: int | None = None
    own_best5_amount: int | None = None
    own_live_at_price: int | None = None
    market_at_price: int | None = None
    own_at_price_percent: int | None = None
    own_at_price_amount: int | None = None
    at_limit_price: bool | None = None
    off_previous_close_percent: int | None = None
    off_last_percent: int | None = None
    crosses_own: bool = False
    reverses_own: bool = False
    has_reverse_fill: bool = False
    # Of a fill: whether the order met what stood in the book rather than stood there itself.
    is_active: bool | None = None

    # The contract's newest market snapshot.
    last: int | None = None
    market_volume: int | None = None
    market_turnover: int | None = None
    previous_close: int | None = None
    move_percent: int | None = None
    market_at_limit_buy: int | None = None
    market_at_limit_sell: int | None = None
    market_at_limit: int | None = None
    market_at_limit_amount: int | None = None
    virtual_off_percent: int | None = None
    is_stale_market: bool = False
    severe_volatility: bool = False

    # The account.
    position: int | None = None
    group_position: int | None = None
    sellable: int | None = None
    own_live_orders: int | None = None
    available: int | None = None
    equity: int | None = None
    margin: int | None = None
    risk_percent: int | None = None
