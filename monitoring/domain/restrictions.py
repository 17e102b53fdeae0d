"""Restrictions: who is stopped from what, and how rules stop and days release."""

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

from msgspec.structs import replace

from riskgw.cep.spec import Action, Release
from riskgw.kernel.times import NS_PER_SECOND, trading_day
from riskgw.kernel.words import EventKind, Offset, Side
from riskgw.messages.alert import Alert
from riskgw.messages.base_data import BaseData
from riskgw.messages.restriction import (
    Act,
    Change,
    Restriction,
    TradingState,
    restriction_line,
    trading_state,
)

# What a scope may name. A rule's other keys (side, source) are left out: it stops a little more.
SCOPES = ("account", "group", "customer", "counter", "access_system", "product", "contract")
# Restrictions by rule that a shard keeps in mind; beyond, each alert makes its own.
ACTIVE_MAX = 100_000

TOPIC = "restrictions"
DAY_OVER = "the trading day is over"
ORDERS = (Act.OPEN, Act.CLOSE)
# What an action stops where the rule names no mask of its own. Cancels pass.
MASKS: dict[str, tuple[Act, ...]] = {
    Action.RESTRICT_OPEN: (Act.OPEN,),
    Action.RESTRICT_ORDERS: ORDERS,
    Action.KILL: ORDERS,
}
_CANCELS = (EventKind.CANCEL, EventKind.QUOTE_CANCEL)
# Stocks have no offset: who buys opens, who sells closes.
_BY_SIDE = {
    Side.BUY: Act.OPEN,
    Side.SELL: Act.CLOSE,
    Side.BORROW: Act.OPEN,
    Side.LEND: Act.CLOSE,
    Side.SUBSCRIBE: Act.OPEN,
    Side.REDEEM: Act.CLOSE,
}
_BY_OFFSET = {Offset.OPEN: Act.OPEN, Offset.CLOSE: Act.CLOSE}


class Requested(NamedTuple):
    """What scopes are compared with; unknown is None and fits no scope that names it."""

    account: str | None = None
    group: str | None = None
    customer: str | None = None
    counter: str | None = None
    access_system: str | None = None
    product: str | None = None
    contract: str | None = None


def acts_of(kind: EventKind, side: Side | None, offset: Offset | None) -> frozenset[Act]:
    """What a request does. A quote does both, and so may whatever does not say what it does."""
    if kind in _CANCELS:
        return frozenset((Act.CANCEL,))
    if kind is EventKind.QUOTE:
        return frozenset(ORDERS)
    act = _BY_OFFSET[offset] if offset else _BY_SIDE.get(side) if side else None
    return frozenset((act,)) if act else frozenset(ORDERS)


def concerns(restriction: Restriction, requested: Requested) -> bool:
    """Whether all parts of its scope fit."""
    return all(getattr(requested, name) == value for name, value in restriction.scope.items())


def stopping(
    restrictions: Iterable[Restriction], requested: Requested, acts: frozenset[Act]
) -> list[Restriction]:
    """Those that do not let a request pass."""
    return [
        each
        for each in restrictions
        if not each.is_released and not acts.isdisjoint(each.mask) and concerns(each, requested)
    ]


def state_for(restrictions: Iterable[Restriction], requested: Requested) -> TradingState:
    """What all restrictions together leave: most scopes may apply, their masks add up."""
    masks = [each.mask for each in restrictions if concerns(each, requested)]
    return trading_state(tuple({act for mask in masks for act in mask}))


def scope_of(key: Mapping[str, str]) -> dict[str, str]:
    """The scope that stands for a rule's key; empty if nobody could be stopped by it."""
    return {name: key[name] for name in SCOPES if name in key}


def is_over(restriction: Restriction, day: date) -> bool:
    """Whether the trading day has ended it."""
    return restriction.release == Release.AUTO_DAY and trading_day(restriction.since_ns) < day


def restriction_of(alert: Alert, number: str) -> Restriction | None:
    """What an alert stops, None if nothing; its id is the alert's number."""
    scope = scope_of(alert.key)
    if alert.action not in MASKS or alert.shadow or not scope:
        return None
    mask = tuple(Act(each) for each in alert.mask) or MASKS[alert.action]
    return Restriction(
        id=number,
        scope=scope,
        mask=mask,
        since_ns=alert.time_ns,
        reason=f"{alert.rule} {alert.level}",
        rule=alert.rule,
        level=str(alert.level),
        alert=number,
        release=alert.release or str(Release.TRADER),
    )


class Restrictions:
    """Those by rule of one shard. One a rule and scope, however often the rule alerts."""

    def __init__(self) -> None:
        self._active: dict[tuple[str, str], Restriction] = {}
        self._day: date | None = None

    def heed(self, alert: Alert, number: str) -> Restriction | None:
        """The restriction this alert makes or widens; None if it stops nothing more."""
        born = restriction_of(alert, number)
        if born is None:
            return None
        place = born.rule, born.scope_text
        known = self._active.get(place)
        if known is not None:
            if set(born.mask) <= set(known.mask):
                return None
            mask = tuple(act for act in Act if act in (*known.mask, *born.mask))
            born = replace(
                known, mask=mask, reason=born.reason, level=born.level, release=born.release
            )
        if known is not None or len(self._active) < ACTIVE_MAX:
            self._active[place] = born
        return born

    def lift(self, ids: Iterable[str]) -> None:
        """These were released: the next alert of their rule restricts anew."""
        gone = frozenset(ids)
        self._active = {key: each for key, each in self._active.items() if each.id not in gone}

    def roll(self, day: date) -> list[Restriction]:
        """Those that the beginning of a trading day ends; of a day that is over, none."""
        if self._day is not None and day <= self._day:
            return []
        self._day = day
        over = [each for each in self._active.values() if is_over(each, day)]
        self.lift(each.id for each in over)
        return over


def restriction_messages(
    born: Iterable[Restriction], over: Iterable[Restriction]
) -> list[tuple[str, dict[str, Any]]]:
    """What the topic says of restrictions that rules made and days ended."""
    return [
        *(change_message(Change.RESTRICTED, each) for each in born),
        *(change_message(Change.RELEASED, day_over(each)) for each in over),
    ]


def change_message(
    change: Change, restriction: Restriction, **more: Any
) -> tuple[str, dict[str, Any]]:
    """Topic and data."""
    line = restriction_line(restriction)
    data = {"change": str(change), "restriction": line, "counters": line["counters"]}
    return TOPIC, {**data, **more}


def day_over(restriction: Restriction) -> Restriction:
    """As it is once its trading day has ended."""
    return replace(restriction, is_released=True, release_reason=DAY_OVER)


class Servers:
    """Which counters serve whom: restrictions are told to those they concern."""

    def __init__(self, base: BaseData) -> None:
        self._by_scope: dict[tuple[str, str], set[str]] = {}
        for each in base.accounts:
            for name in ("id", "group", "customer"):
                scope = "account" if name == "id" else name
                self._by_scope.setdefault((scope, getattr(each, name)), set()).add(each.counter)
        for system in base.access_systems:
            if system.counter:
                self._by_scope[("access_system", system.code)] = {system.counter}

    def of(self, scope: Mapping[str, str]) -> tuple[str, ...] | None:
        """Sorted; None for all, which is also what an unknown account is told to."""
        if "counter" in scope:
            return (scope["counter"],)
        found = [self._by_scope[part] for part in scope.items() if part in self._by_scope]
        if not found or any("" in counters for counters in found):
            return None
        return tuple(sorted(set.intersection(*found)))


# A proposal that nobody has confirmed by then is none.
PROPOSAL_NS_MAX = 3_600 * NS_PER_SECOND


class Rights(NamedTuple):
    """What a person may release."""

    trader: bool
    risk_officer: bool


class ReleaseStep(StrEnum):
    """What becomes of somebody's wish to release."""

    RELEASE = "release"
    PROPOSE = "propose"
    FORBIDDEN = "forbidden"
    SAME_PERSON = "same_person"


def release_step(
    restriction: Restriction, by: str, rights: Rights, now_ns: int, *, is_cause_left: bool
) -> ReleaseStep:
    """Two persons are needed where the rule says so, and while what caused it persists."""
    if not (rights.risk_officer or rights.trader):
        return ReleaseStep.FORBIDDEN
    if restriction.release == Release.RISK_OFFICER and not rights.risk_officer:
        return ReleaseStep.FORBIDDEN
    if restriction.release != Release.FOUR_EYES and not is_cause_left:
        return ReleaseStep.RELEASE
    if not restriction.proposed_by or now_ns - restriction.proposed_ns > PROPOSAL_NS_MAX:
        return ReleaseStep.PROPOSE
    return ReleaseStep.SAME_PERSON if restriction.proposed_by == by else ReleaseStep.RELEASE
