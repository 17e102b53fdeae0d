"""What load sends to the core before a trading day: accounts, contracts, counters."""

import msgspec

from riskgw.kernel.addresses import address_block


class AccountData(msgspec.Struct, frozen=True):
    """A securities account, the control group it belongs to and the counter that serves it."""

    id: str
    exchange: str
    group: str
    counter: str
    customer: str = ""
    market_maker: bool = False
    hedge: bool = False


class ContractData(msgspec.Struct, frozen=True):
    """A contract; numbers are decimal text, lot and largest order in units."""

    symbol: str
    exchange: str
    tick: str
    lot: str
    order_quantity_max: str
    name: str = ""
    kind: str = ""
    board: str = ""
    st: bool = False


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


class BaseData(msgspec.Struct, frozen=True):
    """Everything the core needs to know before the first order.

    Counters and access systems without a mark are left out: nothing could be known by them.
    """

    accounts: tuple[AccountData, ...] = ()
    contracts: tuple[ContractData, ...] = ()
    counters: tuple[CounterData, ...] = ()
    access_systems: tuple[AccessSystemData, ...] = ()


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
