"""Each window of each rule at the edges of a session: does what came before count with it after?"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import msgspec

from riskgw.cep.spec import CheckPoint, Cmp, ConditionSpec, RuleSpec
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from riskgw.kernel.words import LEVELS_RISING, Level
from riskgw.messages.event import Event
from riskgw.messages.market import Snapshot
from tests.days import MONDAY, TUESDAY
from tests.monitoring.catalogue.flow import (
    RULES,
    Climb,
    Item,
    Listing,
    Value,
    at,
    moment,
    order,
)

FRIDAY = MONDAY - timedelta(days=3)
# In place of a number of events: what ends a session is the same for four as for forty thousand.
FEW = 4
STOCKS, STOCK_INDEX = ("SSE", "SZSE"), ("CFFEX",)
COLUMNS = ("opening", "lunch", "closing", "night", "day")


class Edge(NamedTuple):
    """The last instant before an edge and the first one after it."""

    before_ns: int
    after_ns: int


def _edge(before: str, after: str, *, of: date = MONDAY, day: date = MONDAY) -> Edge:
    return Edge(at(before, day=of) - NS_PER_MS, at(after, day=day))


# From the opening auction, over lunch, into the closing auction, and over the trading day's end.
_OF_STOCKS = {
    "opening": _edge("09:25", "09:30"),
    "lunch": _edge("11:30", "13:00"),
    "closing": _edge("14:57", "14:57"),
    "day": _edge("14:57", "09:30", day=TUESDAY),
}
# Friday's night session goes on on Monday morning; Monday's belongs to Tuesday.
_OF_FUTURES = {
    "opening": _edge("09:00", "09:00"),
    "lunch": _edge("11:30", "13:30"),
    "night": _edge("23:00", "09:00", of=FRIDAY),
    "day": _edge("15:00", "21:00"),
}
_OF_INDICES = {
    "opening": _edge("09:30", "09:30"),
    "lunch": _edge("11:30", "13:00"),
    "day": _edge("15:00", "09:30", day=TUESDAY),
}


def edges_of(of: Listing) -> dict[str, Edge]:
    if of.exchange in STOCKS:
        return _OF_STOCKS
    return _OF_INDICES if of.exchange in STOCK_INDEX else _OF_FUTURES


class Trial(NamedTuple):
    """What a rule tells its highest level of, not one item less; `last` are what completes it."""

    rule: RuleSpec
    indicator: str
    of: Listing
    items: Sequence[Item]
    last: int = 1
    # The next episode begins when the one before is over.
    pause_ms: int = 0
    # What completes an auction's trial is put to the same clock of the next day.
    is_auction: bool = False

    @property
    def level(self) -> Level:
        levels = {each.level for part in self.rule.conditions for each in part.thresholds}
        return max(levels, key=LEVELS_RISING.index)


def lowered(rule: RuleSpec, indicator: str, number: int = FEW) -> RuleSpec:
    """A count's thresholds of all levels and scopes by so many events."""
    return msgspec.structs.replace(
        rule, conditions=tuple(_lowered(each, indicator, number) for each in rule.conditions)
    )


def _lowered(part: ConditionSpec, indicator: str, number: int) -> ConditionSpec:
    if part.indicator != indicator or part.over is not None:
        return part
    value = str(number - 1 if part.cmp is Cmp.GT else number)
    few = tuple(msgspec.structs.replace(each, value=value) for each in part.thresholds)
    return msgspec.structs.replace(part, thresholds=few)


def few(climb: Climb, last: int = 1, pause_ms: int = 0) -> Trial:
    """A few steps of a climb; of a rule of episodes, a few of those."""
    rule = RULES[climb.code]
    if rule.repeat > 1:
        rule = msgspec.structs.replace(rule, repeat=FEW)
    else:
        rule = lowered(rule, climb.indicator)
    items = [item for number in range(FEW) for item in climb.step(climb.of, number)]
    if rule.check_point is CheckPoint.PRE:
        end_ns = max(moment(each) for each in items)
        items.append(order(climb.of._replace(start_ns=end_ns), 1))
    return Trial(rule, climb.indicator, climb.of, items, last, pause_ms)


def single(climb: Climb) -> Trial:
    """One episode of a rule that tells of several."""
    rule = msgspec.structs.replace(RULES[climb.code], repeat=1)
    return Trial(rule, climb.indicator, climb.of, list(climb.step(climb.of, 0)))


def whole(value: Value, last: int = 1, *, is_auction: bool = False) -> Trial:
    items = list(value.build(value.of, max(value.told.values())))
    return Trial(RULES[value.code], value.indicator, value.of, items, last, is_auction=is_auction)


def moved(items: Iterable[Item], delta: int) -> list[Item]:
    """The same, so much later."""
    found: list[Item] = []
    for each in items:
        if isinstance(each, Event):
            times = {"time_ns": each.time_ns + delta, "at_ns": each.at_ns + delta}
            found.append(msgspec.structs.replace(each, **times))
        elif isinstance(each, Snapshot):
            found.append(msgspec.structs.replace(each, ns=each.ns + delta))
        else:
            found.append(each)
    return found


def ending(items: Sequence[Item], at_ns: int) -> list[Item]:
    """The same, so that the last of them is at this time."""
    return moved(items, at_ns - max(map(moment, items), default=0))


def beginning(items: Sequence[Item], at_ns: int) -> list[Item]:
    return moved(items, at_ns - min(moment(each) for each in items if moment(each)))


def split(trial: Trial) -> tuple[Sequence[Item], Sequence[Item]]:
    """What comes before, and what completes it."""
    return trial.items[: -trial.last], trial.items[-trial.last :]


def over(trial: Trial, edge: Edge) -> list[Item]:
    """What completes it after the edge, and all the rest before."""
    head, tail = split(trial)
    after_ns = edge.after_ns + trial.pause_ms * NS_PER_MS
    return [*ending(head, edge.before_ns), *beginning(tail, after_ns)]


def a_day_later(trial: Trial) -> list[Item]:
    """What completes it at the same clock of the next day."""
    head, tail = split(trial)
    return [*head, *moved(tail, 86_400 * NS_PER_SECOND)]


def alone(trial: Trial, edge: Edge) -> list[Item]:
    """What completes it, after the edge, and what accounts hold."""
    head, tail = split(trial)
    return [*(each for each in head if not moment(each)), *beginning(tail, edge.after_ns)]
