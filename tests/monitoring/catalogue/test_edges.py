"""Whom the rules leave out, whom they take together, and where a session ends."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from zlib import crc32

import msgspec
import pytest

from riskgw.cep.spec import RuleSpec
from riskgw.kernel.times import NS_PER_MS
from riskgw.kernel.words import EventKind, Level, Offset, TimeInForce
from riskgw.messages.event import Event
from riskgw.messages.market import Snapshot
from tests.days import MONDAY
from tests.monitoring.catalogue import auctions, futures, stocks
from tests.monitoring.catalogue.flow import (
    COPPER,
    PENNY,
    RULES,
    SELL,
    UNIT,
    Climb,
    Item,
    Listing,
    Value,
    at,
    fill,
    highest,
    moment,
    order,
    price,
    put,
    ruled,
    snapshot,
)
from tests.monitoring.catalogue.test_triples import TRIALS, name

Change = Callable[[Event], dict[str, Any]]
CONTINUOUS = (
    "S02", "S03", "S06", "S07", "S07A", "S09", "S12", "P04", "P04W", "P05", "P05S", "P05C",
)  # fmt: skip


def changed(items: Iterable[Item], change: Change) -> list[Item]:
    return [
        msgspec.structs.replace(each, **change(each)) if isinstance(each, Event) else each
        for each in items
    ]


def shifted(items: Sequence[Item], start_ns: int) -> list[Item]:
    """The same, from another moment on."""
    first = next(each for each in items if isinstance(each, Event | Snapshot))
    delta = start_ns - (first.time_ns if isinstance(first, Event) else first.ns)
    moved: list[Item] = []
    for each in items:
        if isinstance(each, Event):
            times = {"time_ns": each.time_ns + delta, "at_ns": each.at_ns + delta}
            moved.append(msgspec.structs.replace(each, **times))
        elif isinstance(each, Snapshot):
            moved.append(msgspec.structs.replace(each, ns=each.ns + delta))
        else:
            moved.append(each)
    return moved


def half_to(account: str) -> Change:
    """About every other order of A is another account's, and with it what becomes of it."""

    def change(event: Event) -> dict[str, Any]:
        is_other = crc32((event.subject_ref or "").encode()) % 2
        return {"account": account} if is_other and event.account == "A" else {}

    return change


def told(trial: Climb | Value, change: Change) -> Level | None:
    """What is told of one more than the highest number."""
    most = max(trial.told.values()) + 1
    if isinstance(trial, Value):
        items = changed(trial.build(trial.of, most), change)
    else:
        items = [item for step in trial.steps() for item in changed(step, change)]
    return highest(trial.code, trial.of, items)


GROUP_TRIALS = [
    each for each in TRIALS if "group" in RULES[each.code].key and each.code != "F08T"
]  # fmt: skip


@pytest.mark.parametrize("trial", GROUP_TRIALS, ids=name)
def test_two_accounts_of_one_group_count_as_one(trial: Climb | Value) -> None:
    assert told(trial, half_to("B")) == told(trial, lambda each: {})


@pytest.mark.parametrize(
    "trial",
    [each for each in GROUP_TRIALS if isinstance(each, Climb) and each.code != "F01"],
    ids=name,
)
def test_another_groups_account_counts_for_itself(trial: Climb) -> None:
    """Half of the numbers reaches no limit; of episodes each has to be one group's alone."""
    assert told(trial, half_to("C")) is not Level.LIMIT


@pytest.mark.parametrize("code", CONTINUOUS)
@pytest.mark.parametrize("clock", ["09:15:01", "11:31:00", "14:57:01"])
def test_rules_of_continuous_trading_are_silent_in_auctions_and_at_noon(
    code: str, clock: str
) -> None:
    trial = next(each for each in TRIALS if each.code == code and isinstance(each, Value))
    items = list(trial.build(trial.of, max(trial.told.values()) + 1))
    assert highest(code, trial.of, shifted(items, at("10:00" if code[0] == "S" else "09:31")))
    within = [each for each in shifted(items, at(clock)) if _ends(each, clock)]
    assert highest(code, trial.of, within) is None


def test_all_rules_of_continuous_trading_are_asked_so() -> None:
    """Those of which all that is counted is of the morning and the afternoon."""
    phases = {("morning", "afternoon")}
    found = {
        code
        for code, rule in RULES.items()
        if phases == {_phases(rule, part.indicator) for part in rule.conditions}
    }
    assert found == set(CONTINUOUS)


def _phases(rule: RuleSpec, indicator: str) -> Any:
    [counted] = [each for each in rule.indicators if each.code == indicator]
    return next((each.value for each in counted.filters if each.field == "phase"), None)


def _ends(item: Item, clock: str) -> bool:
    """What lies in the same phase."""
    end = {"09": at("09:25"), "11": at("13:00"), "14": at("15:00")}[clock[:2]]
    return moment(item) < end


def test_an_unknown_counter_is_told_again_on_the_next_day() -> None:
    trial = next(each for each in TRIALS if each.code == "H01" and isinstance(each, Climb))
    step = list(trial.step(trial.of, 0))
    core = ruled("H01", trial.of)
    told_of = [
        [alert.level for item in shifted(step, start_ns) for alert in put(core, item)]
        for start_ns in (at("10:00"), at("10:01"), at("21:00"))
    ]
    assert told_of == [[Level.WARN], [], [Level.WARN]]


def split(code: str, of: Listing, first: str, second: str) -> Level | None:
    """Half of what is too much at either time."""
    half = 60_000 * UNIT
    facts = {"price": price(100), "quantity": half}
    items = [order(of.on(first), **facts), order(of.on(second), account="B", **facts)]
    return highest(code, of, items)


def test_a_minute_of_trading_goes_on_after_lunch() -> None:
    assert split("S12", stocks.VOLATILE, "11:29:30", "13:00:29") is Level.LIMIT
    assert split("S12", stocks.VOLATILE, "11:29:30", "13:00:30") is None


@pytest.mark.parametrize(("clock", "level"), [("13:19:59", Level.LIMIT), ("13:20:02", None)])
def test_half_an_hour_to_reverse_is_half_an_hour_of_trading(
    clock: str, level: Level | None
) -> None:
    pulled = shifted(stocks.pull(PENNY, 300_000, move=200), at("11:18:50"))
    items = stocks.reversed_by(pulled, PENNY.on(clock), 100_000)
    assert highest("S07", PENNY, items) is level


@pytest.mark.parametrize(
    ("code", "build", "day", "clock", "level"),
    [
        ("S05", stocks.opening, MONDAY, "09:59:59", Level.LIMIT),
        ("S05", stocks.opening, MONDAY, "10:00:00", None),
        ("S08", stocks.closing, stocks.TUESDAY, "09:59:59", Level.LIMIT),
        ("S08", stocks.closing, stocks.TUESDAY, "10:00:00", None),
    ],
)
def test_a_reverse_is_one_until_ten_o_clock(
    code: str, build: Any, day: Any, clock: str, level: Level | None
) -> None:
    items = stocks.reversed_by(build(PENNY, 300_000, move=200), PENNY.on(clock, day), 100_000)
    assert highest(code, PENNY, items) is level


@pytest.mark.parametrize(("clock", "level"), [("09:25:00", Level.LIMIT), ("09:30:00", None)])
def test_only_the_fills_of_the_auction_move_the_opening_price(
    clock: str, level: Level | None
) -> None:
    items = stocks.opening(PENNY, 300_000)
    assert highest("S04", PENNY, [items[0], *shifted(items[1:], at(clock))]) is level


@pytest.mark.parametrize(("clock", "level"), [("14:56:58", None), ("15:00:00", Level.LIMIT)])
def test_only_the_fills_of_the_auction_are_of_the_close(clock: str, level: Level | None) -> None:
    early = stocks.matched(PENNY, 3_000_000, clock="15:00")
    items = [*early[:2], *shifted(early[2:], at(clock))]
    items.sort(key=moment)
    last = stocks.matched(PENNY, 1, clock="15:00")[2:]
    assert highest("S11C", PENNY, [*items, *shifted(last, at("15:00:01"))]) is level


def test_a_fak_is_exempt_of_nothing_but_the_cancel_rules() -> None:
    """Opening orders that are FAK count as any other."""
    items = futures.opened(futures.CORN, 10_000)
    fak = changed(items, lambda each: {"tif": TimeInForce.IOC})
    assert highest("F05", futures.CORN, fak) is Level.LIMIT


def test_what_closes_a_position_is_no_opening() -> None:
    items = [fill(futures.CORN, 0, side=SELL, offset=Offset.CLOSE, quantity=10_000 * UNIT)]
    assert highest("F05", futures.CORN, items) is None


AUCTIONS = ("S04", "S05", "S05A", "S08", "S08A", "S11C")


@pytest.mark.parametrize("code", AUCTIONS)
def test_an_auction_is_judged_whether_its_fills_or_its_snapshot_come_first(code: str) -> None:
    trial = next(each for each in TRIALS if each.code == code and isinstance(each, Value))
    items = list(trial.build(trial.of, max(trial.told.values())))
    last = max(number for number, each in enumerate(items) if isinstance(each, Snapshot))
    is_step = RULES[code].then is not None
    fills = [each for each in items[last + 1 :] if isinstance(each, Event)]
    held, steps = (fills[:-2], fills[-2:]) if is_step else (fills, [])
    turned = [*items[:last], *shifted(held, moment(items[last]) - 1), items[last], *steps]
    assert len(turned) == len(items)
    assert highest(code, trial.of, items) is Level.LIMIT
    assert highest(code, trial.of, turned) is Level.LIMIT


@pytest.mark.parametrize("code", ["S08", "S08A", "S11", "S11C"])
@pytest.mark.parametrize("clock", ["08:59", "09:14:59"])
def test_what_the_market_says_before_the_opening_measures_nothing(code: str, clock: str) -> None:
    """Yesterday's totals, or none: against them a close would be a whole day's."""
    trial = next(each for each in TRIALS if each.code == code and isinstance(each, Value))
    items = list(trial.build(trial.of, max(trial.told.values())))
    for volume in (0, 10**9 * UNIT):
        early = snapshot(trial.of.on(clock), volume=volume, last=price(9))
        assert highest(code, trial.of, [early, *items]) is Level.LIMIT


def test_what_the_market_completes_is_told_with_its_snapshot() -> None:
    *early, snapshot = [*stocks.opening(PENNY, 300_000)[1:], stocks.opening(PENNY, 300_000)[0]]
    core = ruled("S04", PENNY)
    for item in shifted(early, at("09:25")):
        assert not put(core, item)
    [later] = shifted([snapshot], at("09:25:03"))
    (alert,) = put(core, later)
    assert (alert.key["group"], alert.time_ns) == ("G", at("09:25:03"))
    assert alert.order_count == 1


def test_the_close_is_judged_with_the_first_snapshot_after_it() -> None:
    items = auctions.closing_hold(PENNY, 1_000_000)
    core = ruled("S10", PENNY)
    told = [[alert.level for alert in put(core, item)] for item in items]
    assert told == [[], [], [], [Level.LIMIT]]


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({}, Level.LIMIT),
        ({"price": price(11)}, None),
        ({"quantity": 2 * UNIT}, None),
        ({"side": SELL}, None),
        ({"offset": Offset.CLOSE}, None),
        ({"account": "B"}, None),
    ],
)
def test_orders_are_the_same_only_if_they_ask_for_the_same(
    change: dict[str, Any], level: Level | None
) -> None:
    same = [order(COPPER, number, offset=Offset.OPEN) for number in range(10)]
    last = order(COPPER, 20, **({"offset": Offset.OPEN} | change))
    assert highest("T05", COPPER, [*same, last]) is level


def test_orders_of_a_minute_ago_are_no_duplicates_any_more() -> None:
    same = [order(COPPER, number) for number in range(10)]
    assert highest("T05", COPPER, [*same, order(COPPER, 60_000)]) is Level.WARN
    assert highest("T05", COPPER, [*same, order(COPPER, 60_010)]) is None


@pytest.mark.parametrize(("waited_ms", "level"), [(0, Level.LIMIT), (1, None)])
def test_only_the_active_side_of_a_fill_counts(waited_ms: int, level: Level | None) -> None:
    items = auctions.index_move(auctions.MEMBER, 200_000)
    waited = [
        shifted([each], each.time_ns + waited_ms * NS_PER_MS)[0]
        if isinstance(each, Event) and each.event is EventKind.FILL
        else each
        for each in items
    ]
    assert highest("P05", auctions.MEMBER, waited) is level
