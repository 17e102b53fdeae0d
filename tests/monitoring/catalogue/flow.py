"""Business events, snapshots and holdings for one rule of the catalogue in a real core."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from typing import Any, NamedTuple

from monitoring.domain.risk_core import RiskCore
from monitoring.rule_queries import catalogue
from riskgw.cep.spec import CheckPoint, RuleSpec
from riskgw.kernel.decimals import PRICE_DIGITS, QUANTITY_DIGITS, scaled
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND, day_start_ns
from riskgw.kernel.words import LEVELS_RISING, EventKind, Level, Side
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import AccountData, BaseData, ContractData
from riskgw.messages.event import Event
from riskgw.messages.holdings import Funds, Position
from riskgw.messages.market import Snapshot
from riskgw.wiring.market_hours import shipped_hours
from tests.days import MONDAY
from tests.events import event

Item = Event | Snapshot | Position | Funds
RULES = {rule.code: rule for file in catalogue() for rule in file.rules}
OFF = {code for file in catalogue() for code in file.off}
HOURS = shipped_hours()
UNIT = 10**QUANTITY_DIGITS
BUY, SELL = Side.BUY, Side.SELL
_NUMBERS = count(1)


def at(clock: str, ms: int = 0, day: Any = MONDAY) -> int:
    """An instant of the day: 09:30, or 09:30:05."""
    hour, minute, second = [int(part) for part in f"{clock}:0".split(":")[:3]]
    return day_start_ns(day) + (hour * 3600 + minute * 60 + second) * NS_PER_SECOND + ms * NS_PER_MS


class Listing(NamedTuple):
    """A contract that is traded in a trial, and when its trial begins."""

    exchange: str
    symbol: str
    contract: ContractData
    start_ns: int = at("09:30")

    def at(self, ms: int) -> "Listing":
        return self._replace(start_ns=self.start_ns + ms * NS_PER_MS)

    def on(self, clock: str, day: Any = MONDAY) -> "Listing":
        return self._replace(start_ns=at(clock, day=day))


def listing(exchange: str, symbol: str, **facts: Any) -> Listing:
    values = {"tick": "0.01", "lot": "1", "order_quantity_max": "1000000"} | facts
    return Listing(exchange, symbol, ContractData(symbol=symbol, exchange=exchange, **values))


STOCK = listing("SSE", "600000", lot="100", board="main", previous_close="10")
PENNY = listing("SSE", "600001", lot="100", board="main", previous_close="1")
ST = listing("SSE", "600002", lot="100", board="main", previous_close="10", st=True)
COPPER = listing("SHFE", "cu2612", kind="cu", order_quantity_max="500")
IF = listing("CFFEX", "IF2612", kind="IF", order_quantity_max="20")
BOND = listing("CFFEX", "T2612", kind="T", order_quantity_max="20")


def base(of: Listing) -> BaseData:
    """A and B are one group, H hedges and M makes markets in it; C is another.

    P, of the other group too, may only buy.
    """
    names = {"A": "G", "B": "G", "H": "G", "M": "G", "C": "O", "P": "O"}
    accounts = [
        AccountData(
            id=name, exchange=of.exchange, group=group, counter="K", hedge=name == "H",
            market_maker=name == "M", permissions=("*:buy",) if name == "P" else None,
        )
        for name, group in names.items()
    ]  # fmt: skip
    index = of.contract.index
    indices = () if not index else (index_listing(of).contract,)
    return BaseData(
        accounts=tuple(accounts),
        contracts=(of.contract, *indices),
        calendars=tuple(each for each in HOURS.calendars if each.exchange == of.exchange),
        session_tables=tuple(each for each in HOURS.session_tables if each.exchange == of.exchange),
    )


def index_listing(of: Listing) -> Listing:
    """The index that a contract counts in."""
    exchange, symbol = of.contract.index.split(":")
    return listing(exchange, symbol, kind="index", index=of.contract.index)._replace(
        start_ns=of.start_ns
    )


def order(of: Listing, ms: int = 0, **changes: Any) -> Event:
    """A buy of one unit at 10 by account A, under a reference of its own."""
    return _event(of, EventKind.ORDER, ms, {"order_ref": f"R{next(_NUMBERS)}"} | changes)


def answer(kind: EventKind, to: Event, ms: int = 0, **changes: Any) -> Event:
    """What becomes of an order, so many milliseconds later."""
    known = {
        "account": to.account, "symbol": to.symbol, "exchange": to.exchange, "side": to.side,
        "price": to.price, "tif": to.tif, "offset": to.offset, "time_ns": to.time_ns,
        "quantity": to.quantity, "order_ref": to.order_ref,
    }  # fmt: skip
    if kind is EventKind.CANCELLED:
        known |= {"cancel_of": to.order_ref, "order_ref": f"X{next(_NUMBERS)}"}
    values = known | changes
    values["time_ns"] += ms * NS_PER_MS
    return event(kind, at_ns=values["time_ns"], **values)


def cancelled(to: Event, ms: int = 2000, **changes: Any) -> Event:
    return answer(EventKind.CANCELLED, to, ms, **changes)


def fill(of: Listing, ms: int = 0, **changes: Any) -> Event:
    """A fill of an order that was not seen."""
    second = (of.start_ns + ms * NS_PER_MS) // NS_PER_SECOND
    number = next(_NUMBERS)
    facts = {"order_ref": f"R{number}", "exec_ref": f"E{number}", "exchange_second": second}
    return _event(of, EventKind.FILL, ms, facts | changes)


def _event(of: Listing, kind: EventKind, ms: int, facts: dict[str, Any]) -> Event:
    values = {"exchange": of.exchange, "symbol": of.symbol, "price": price(10), "quantity": UNIT}
    at_ns = of.start_ns + ms * NS_PER_MS
    return event(kind, **(values | {"at_ns": at_ns, "time_ns": at_ns} | facts))


def price(yuan: float | str) -> int:
    return scaled(str(yuan), PRICE_DIGITS)


def snapshot(of: Listing, ms: int = 0, **facts: Any) -> Snapshot:
    """The market at 10.00 with 10 % limits, one price a side."""
    values: dict[str, Any] = {
        "last": price(10), "volume": 0, "turnover": 0, "high_limit": price(11),
        "low_limit": price(9), "previous_close": price(10),
        "bids": ((price("9.99"), 1000 * UNIT),), "asks": ((price("10.01"), 1000 * UNIT),),
    }  # fmt: skip
    return Snapshot(of.start_ns + ms * NS_PER_MS, of.exchange, of.symbol, **(values | facts))


def moment(item: Item) -> int:
    """Holdings have none: they come first."""
    if isinstance(item, Event):
        return item.time_ns
    return item.ns if isinstance(item, Snapshot) else 0


def ruled(rule: str | RuleSpec, of: Listing, begun_ns: int = at("09:00")) -> RiskCore:
    """The day has begun: somebody of another group has ordered."""
    core = RiskCore(base(of), [RULES[rule] if isinstance(rule, str) else rule])
    first = of._replace(start_ns=begun_ns)
    assert not put(core, order(first, account="C", quantity=100 * UNIT))
    return core


def put(core: RiskCore, item: Item) -> list[Alert]:
    """What the core raises; holdings raise nothing."""
    match item:
        case Event():
            return core.hear(item, is_late=False)
        case Snapshot():
            return core.hear_market(item)
        case Position():
            core.take_positions([item])
        case Funds():
            core.take_funds([item])
    return []


def highest(rule: str | RuleSpec, of: Listing, items: Iterable[Item]) -> Level | None:
    """The highest level a rule tells; a rule of the check is asked about the last item alone."""
    items = list(items)
    earliest = min((moment(each) for each in items if moment(each)), default=at("09:00"))
    core, told = ruled(rule, of, min(at("09:00"), earliest - 1)), []
    code = rule if isinstance(rule, str) else rule.code
    if RULES[code].check_point is CheckPoint.PRE:
        *before, last = items
        for item in before:
            assert not put(core, item)
        assert isinstance(last, Event)
        told = core.check(core.preview(last))
    else:
        told = [alert for item in items for alert in put(core, item)]
    return max((each.level for each in told), key=LEVELS_RISING.index, default=None)


def climbed(code: str, of: Listing, steps: Iterable[Iterable[Item]]) -> dict[str, int]:
    """The number of the step with which each level was told, from 1."""
    core = ruled(code, of)
    found: dict[str, int] = {}
    for number, items in enumerate(steps, 1):
        for item in items:
            for alert in put(core, item):
                assert alert.level not in found or RULES[code].repeat > 1
                found.setdefault(str(alert.level), number)
    return found


def asked(code: str, of: Listing, steps: Iterable[Item], near: Iterable[int]) -> dict[str, int]:
    """For a rule of the check: after how many items an order is first told of each level.

    It is asked about only around the numbers that matter.
    """
    core = ruled(code, of)
    found: dict[str, int] = {}
    numbers = {each + offset for each in near for offset in (-1, 0, 1)}
    for number, item in enumerate(steps, 1):
        assert not put(core, item)
        if number in numbers:
            for alert in core.check(core.preview(order(of, 40_000))):
                found.setdefault(str(alert.level), number)
    return found


class Climb(NamedTuple):
    """A number that rises by one with each step; the levels it has to be told at."""

    code: str
    indicator: str
    of: Listing
    step: Callable[[Listing, int], Iterable[Item]]
    told: dict[str, int]

    def steps(self) -> Iterator[Iterable[Item]]:
        return (self.step(self.of, number) for number in range(max(self.told.values()) + 1))


class Value(NamedTuple):
    """What is built around a value; `told` is the first value of each level, in steps."""

    code: str
    indicator: str
    of: Listing
    build: Callable[[Listing, int], Iterable[Item]]
    told: dict[str, int]
