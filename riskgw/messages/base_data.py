"""What load sends to the core before a trading day: accounts and contracts."""

import msgspec


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


class BaseData(msgspec.Struct, frozen=True):
    """Everything the core needs to know before the first order."""

    accounts: tuple[AccountData, ...] = ()
    contracts: tuple[ContractData, ...] = ()


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
