"""Each window of each rule of the catalogue at the session's edges, in one table."""

from collections.abc import Iterable, Iterator

import msgspec
import pytest

from riskgw.cep.spec import CheckPoint, RuleSpec
from tests.monitoring.catalogue.edges import (
    COLUMNS,
    Trial,
    a_day_later,
    alone,
    beginning,
    edges_of,
    ending,
    few,
    over,
    single,
    split,
    whole,
)
from tests.monitoring.catalogue.flow import RULES, Climb, Item, Value, highest
from tests.monitoring.catalogue.test_triples import TRIALS


def climb(code: str, indicator: str, *, last: int = 1) -> Trial:
    return few(_climb(code, indicator), last)


def episodes(code: str, indicator: str, last: int, pause_ms: int) -> Trial:
    """The last of them has so many items, and begins when the one before is over."""
    return few(_climb(code, indicator), last, pause_ms)


def episode(code: str, indicator: str) -> Trial:
    return single(_climb(code, indicator))


def value(code: str, indicator: str, *, last: int = 1, place: int = 0) -> Trial:
    found = [each for each in TRIALS if isinstance(each, Value) and _is(each, code, indicator)]
    return whole(found[place], last)


def auction(code: str, indicator: str, *, last: int = 1) -> Trial:
    return value(code, indicator, last=last)._replace(is_auction=True)


def ten_minutes_later(code: str, indicator: str, *, place: int) -> Trial:
    """What completes it comes so long after the edge."""
    return value(code, indicator, place=place)._replace(pause_ms=600_000)


def _climb(code: str, indicator: str) -> Climb:
    return next(each for each in TRIALS if isinstance(each, Climb) and _is(each, code, indicator))


def _is(trial: Climb | Value, code: str, indicator: str) -> bool:
    return (trial.code, trial.indicator) == (code, indicator)


# Over the end of the opening auction, lunch, the begin of the closing auction, from the night to
# the next morning, over the end of the trading day: `on`, what came before counts with what comes
# after; `cut`, it does not; `alike`, nothing is kept and all are judged the same; `never`, the rule
# is silent on both sides; `-`, the market has no such thing.
# S09 holds for ten minutes of trading: lunch alone makes them none, ten more minutes do.
# fmt: off
EDGES: list[tuple[Trial, str]] = [
    (climb("P01", "submissions_1s"),                        "cut   cut   on    -     cut"),
    (climb("P01", "submissions_day"),                       "on    on    on    -     cut"),
    (climb("P02", "submissions_1s"),                        "cut   cut   on    -     cut"),
    (climb("P03", "instant_cancels", last=2),               "on    on    on    -     cut"),
    (episode("P04", "move_1min"),                           "cut   on    cut   -     cut"),
    (episodes("P04", "move_1min", 4, 60_000),               "cut   on    cut   -     cut"),
    (episode("P04W", "move_1min"),                          "cut   on    cut   -     cut"),
    (episodes("P04W", "move_1min", 4, 60_000),              "cut   on    cut   -     cut"),
    (value("P05", "active_amount_1min_other"),              "cut   on    cut   -     cut"),
    (value("P05S", "active_amount_1min_star"),              "cut   on    cut   -     cut"),
    (value("P05C", "active_amount_1min_chinext"),           "cut   on    cut   -     cut"),
    (climb("P06", "account_orders_day"),                    "on    on    on    -     cut"),
    (climb("F01", "self_trades", last=2),                   "on    on    -     on    cut"),
    (climb("F02", "cancels", last=2),                       "on    on    -     on    cut"),
    (climb("F03", "large_cancels_lots_300", last=2),        "on    on    -     on    cut"),
    (climb("F03", "large_cancels_80_percent", last=2),      "on    on    -     -     cut"),
    (climb("F03X", "large_cancels_lots_800", last=2),       "on    on    -     on    cut"),
    (climb("F03X", "large_cancels_80_percent_dce", last=2), "on    on    -     on    cut"),
    (climb("F04", "limit_price_cancels", last=2),           "on    on    -     on    cut"),
    (value("F05", "opened_lots"),                           "on    on    -     on    cut"),
    (value("F05P", "opened_lots_product"),                  "on    on    -     -     cut"),
    (value("F06", "held_lots"),                             "on    on    -     on    on"),
    (value("F07", "held_lots_group"),                       "alike alike -     alike alike"),
    (climb("F08", "information_units"),                     "on    on    -     on    cut"),
    (climb("F08T", "information_units"),                    "on    on    -     on    cut"),
    (climb("F09", "information_units"),                     "on    on    -     on    cut"),
    (episode("F10", "futures_submissions_1s"),              "on    cut   -     cut   cut"),
    (episodes("F10", "futures_submissions_1s", 10, 1000),   "on    on    -     on    cut"),
    (episode("F10W", "futures_submissions_1s"),             "on    cut   -     cut   cut"),
    (episodes("F10W", "futures_submissions_1s", 10, 1000),  "on    on    -     on    cut"),
    (value("F11", "futures_orders_1s"),                     "on    cut   -     cut   cut"),
    (value("F11", "futures_cancels_1s"),                    "on    cut   -     cut   cut"),
    (value("F12", "traded_lots"),                           "on    on    -     on    cut"),
    (value("F13", "futures_cancels"),                       "on    on    -     on    cut"),
    (value("F14", "futures_size_percent"),                  "alike alike -     -     alike"),
    (value("F15", "margin_percent"),                        "alike alike -     alike alike"),
    (value("F16", "live_orders"),                           "on    on    -     on    cut"),
    (value("T01", "order_quantity"),                        "alike alike alike -     alike"),
    (value("T02", "order_amount"),                          "alike alike alike -     alike"),
    (value("T03", "off_last", last=2),                      "alike alike alike -     alike"),
    (value("T04", "orders_10s"),                            "cut   cut   on    -     cut"),
    (value("T04", "cancels_10s"),                           "cut   cut   on    -     cut"),
    (climb("T05", "same_orders"),                           "on    on    on    -     cut"),
    (value("T06", "order_quantity"),                        "alike alike alike -     alike"),
    (value("T07", "without_permission"),                    "alike alike alike -     alike"),
    (value("T08", "opening_amount"),                        "alike alike alike -     alike"),
    (value("T09", "selling"),                               "alike alike alike -     cut"),
    (value("T10", "banned_pool"),                           "alike alike alike -     alike"),
    (value("T11", "off_tick"),                              "alike alike alike -     alike"),
    (climb("T13", "daily_orders_account"),                  "on    on    on    -     cut"),
    (climb("T13", "daily_cancels_account"),                 "on    on    on    -     cut"),
    (climb("T13", "daily_trades_account"),                  "on    on    on    -     cut"),
    (climb("T13C", "daily_orders_contract"),                "on    on    on    -     cut"),
    (climb("T13C", "daily_cancels_contract"),               "on    on    on    -     cut"),
    (climb("T13C", "daily_trades_contract"),                "on    on    on    -     cut"),
    (auction("S01", "auction_cancelled"),                   "cut   never never -     cut"),
    (value("S02", "side_cancelled"),                        "cut   on    cut   -     cut"),
    (value("S03", "limit_cancelled"),                       "cut   on    cut   -     cut"),
    (auction("S04", "opening_market"),                      "cut   never never -     cut"),
    (auction("S05", "opening_fills", last=2),               "on    never never -     cut"),
    (auction("S05A", "opening_fills_amount", last=2),       "on    never never -     cut"),
    (value("S06", "market_3min"),                           "cut   on    cut   -     cut"),
    (value("S07", "market_3min"),                           "cut   on    on    -     cut"),
    (value("S07A", "market_3min"),                          "cut   on    on    -     cut"),
    (auction("S08", "closing_market"),                      "never never cut   -     cut"),
    (auction("S08A", "closing_market"),                     "never never cut   -     cut"),
    (value("S09", "limit_live", place=4),                   "cut   cut   cut   -     cut"),
    (ten_minutes_later("S09", "limit_live", place=4),       "cut   on    cut   -     cut"),
    (auction("S10", "closing_limit_last"),                  "never never never -     cut"),
    (value("S11", "market_day"),                            "on    on    on    -     cut"),
    (auction("S11C", "closing_market"),                     "never never cut   -     cut"),
    (value("S12", "volatile_orders_1min"),                  "cut   on    cut   -     cut"),
    (value("S13", "convertible_traded"),                    "on    on    on    -     cut"),
    (climb("S14", "reverse_orders"),                        "on    on    on    -     cut"),
    (value("S15", "st_bought"),                             "on    on    on    -     cut"),
    (value("S15Q", "main_order"),                           "alike alike alike -     alike"),
    (climb("H01", "unknown_counter_requests"),              "on    on    on    -     cut"),
]
# fmt: on


def told(trial: Trial, items: Iterable[Item]) -> bool:
    return highest(trial.rule, trial.of, items) is trial.level


def found(trial: Trial, column: str) -> str:
    edge = edges_of(trial.of).get(column)
    if edge is None:
        return "-"
    before = told(trial, ending(trial.items, edge.before_ns))
    after = told(trial, beginning(trial.items, edge.after_ns))
    if before and after and told(trial, alone(trial, edge)):
        return "alike"
    if trial.is_auction and column == "day":
        return "on" if told(trial, a_day_later(trial)) else "cut"
    if told(trial, over(trial, edge)):
        return "on"
    return "cut" if before or after else "never"


def name(value: object) -> str | None:
    return f"{value.rule.code}-{value.indicator}" if isinstance(value, Trial) else None


@pytest.mark.parametrize(("trial", "expected"), EDGES, ids=name)
def test_a_window_ends_where_the_table_says(trial: Trial, expected: str) -> None:
    assert [found(trial, column) for column in COLUMNS] == expected.split()


@pytest.mark.parametrize("trial", [trial for trial, _ in EDGES], ids=name)
def test_only_what_completes_a_trial_makes_the_rule_tell(trial: Trial) -> None:
    """Or else the table would show nothing."""
    assert told(trial, trial.items)
    head, _ = split(trial)
    if trial.rule.check_point is not CheckPoint.PRE:
        assert not told(trial, head)


def windows(rule: RuleSpec) -> Iterator[tuple[object, ...]]:
    """What a rule goes by: the windows of its conditions, and episodes."""
    by_code = {each.code: each for each in rule.indicators}
    for part in rule.conditions:
        counted = by_code[part.indicator]
        yield counted.window, counted.length_ms, counted.clock
    if rule.repeat > 1:
        yield ("episodes",)


def lacking(rule: RuleSpec) -> set[tuple[object, ...]]:
    """Which windows of a rule have no row in the table."""
    shown: set[tuple[object, ...]] = set()
    for trial, _ in EDGES:
        if trial.rule.code == rule.code:
            [counted] = [each for each in trial.rule.indicators if each.code == trial.indicator]
            shown.add((counted.window, counted.length_ms, counted.clock))
            shown.update([("episodes",)] if trial.rule.repeat > 1 else [])
    return set(windows(rule)) - shown


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.code)
def test_every_window_of_every_rule_has_a_row(rule: RuleSpec) -> None:
    assert not lacking(rule)


def test_a_rule_without_a_row_is_seen() -> None:
    assert lacking(msgspec.structs.replace(RULES["F02"], code="F99"))
    [day] = RULES["P06"].indicators
    two = msgspec.structs.replace(RULES["P02"], indicators=(*RULES["P02"].indicators, day))
    part = msgspec.structs.replace(two.conditions[0], indicator=day.code)
    assert len(lacking(msgspec.structs.replace(two, conditions=(*two.conditions, part)))) == 1
