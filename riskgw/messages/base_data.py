"""What load sends to the core before a trading day: accounts, contracts, counters, calendars."""

from datetime import date

import msgspec

from riskgw.kernel.addresses import address_block
from riskgw.kernel.sessions import phases_of


class AccountData(msgspec.Struct, frozen=True):
    """A securities account, the control group it belongs to and the counter that serves it.

    `permissions` are what it may trade, as `product`, `product:buy` or `product:buy:open`, where
    product is a kind, a board or `*`; None where nobody keeps them.
    """

    id: str
    exchange: str
    group: str
    counter: str
    customer: str = ""
    market_maker: bool = False
    hedge: bool = False
    permissions: tuple[str, ...] | None = None


class ContractData(msgspec.Struct, frozen=True):
    """A contract; numbers are decimal text, empty if unknown; lot and largest orders in units.

    `same_day`: what is bought may be sold on the same day; None where the kind says it. `index`:
    the index that it counts in, or is, as SSE:000001.
    """

    symbol: str
    exchange: str
    tick: str
    lot: str
    order_quantity_max: str
    name: str = ""
    kind: str = ""
    board: str = ""
    st: bool = False
    market_quantity_max: str = ""
    multiplier: str = "1"
    previous_close: str = ""
    high_limit: str = ""
    low_limit: str = ""
    same_day: bool | None = None
    severe_volatility: bool = False
    pool: str = ""
    index: str = ""


class CounterData(msgspec.Struct, frozen=True):
    """A counter (order system) and the marks its traffic is known by.

    Addresses are IP addresses or CIDR blocks, with a port where that matters.
    """

    code: str
    pbus: tuple[str, ...] = ()
    databases: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check(self.addresses)


class AccessSystemData(msgspec.Struct, frozen=True):
    """A system in front of a counter, or between it and the exchange; `counter` if it has one."""

    code: str
    counter: str = ""
    addresses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        _check(self.addresses)


def _check(addresses: tuple[str, ...]) -> None:
    """What is none is refused where it comes in: AddressTextError."""
    for text in addresses:
        address_block(text)


class PositionData(msgspec.Struct, frozen=True):
    """What an account held when the day began; decimal text; `side` long or short.

    With a `day`, it holds before the first event of that day and never after it.
    """

    account: str
    exchange: str
    symbol: str
    quantity: str
    sellable: str = ""
    side: str = "long"
    day: date | None = None


class CalendarDayData(msgspec.Struct, frozen=True):
    """A day that is not as its weekday says: a holiday, a Saturday with trading.

    `has_night`: whether the night session that belongs to it takes place; None where that follows
    from the days before it.
    """

    day: date
    is_open: bool = False
    has_night: bool | None = None
    note: str = ""


class CalendarData(msgspec.Struct, frozen=True):
    """The trading days of an exchange: weekdays but for these; whose list ends at `known_until`."""

    exchange: str
    known_until: date
    days: tuple[CalendarDayData, ...] = ()
    source_note: str = ""


class SessionTableData(msgspec.Struct, frozen=True):
    """The phases of an exchange's trading day, from a trading day on; lines such as `21:00 night`.

    `products` are letters of futures (cu, IF) or kinds of contracts; none are all that have no
    table of their own.
    """

    exchange: str
    effective_from: date
    phases: tuple[str, ...]
    products: tuple[str, ...] = ()
    source_note: str = ""

    def __post_init__(self) -> None:
        """What is no table is refused where it comes in: PhaseTableError."""
        phases_of(self.phases)


class BaseData(msgspec.Struct, frozen=True):
    """Everything the core needs to know before the first order.

    Counters and access systems without a mark are left out: nothing could be known by them.
    """

    accounts: tuple[AccountData, ...] = ()
    contracts: tuple[ContractData, ...] = ()
    counters: tuple[CounterData, ...] = ()
    access_systems: tuple[AccessSystemData, ...] = ()
    positions: tuple[PositionData, ...] = ()
    calendars: tuple[CalendarData, ...] = ()
    session_tables: tuple[SessionTableData, ...] = ()


class BaseDataError(ValueError):
    """The JSON is no base data; says where."""


def base_from_labels(data: bytes) -> BaseData:
    """The `base` part of a DAY.labels.json."""
    try:
        return msgspec.json.decode(data, type=_Labels).base
    except msgspec.DecodeError as error:
        raise BaseDataError(str(error)) from None


class _Labels(msgspec.Struct, frozen=True):
    base: BaseData
