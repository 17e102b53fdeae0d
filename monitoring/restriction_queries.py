"""Reads: restrictions as rows, as messages, and the live orders they concern."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.db.models import Q, QuerySet

from monitoring.domain.live_orders import EVENTS_MAX, LiveOrder, OrderStep, live_orders
from monitoring.domain.restrictions import Servers
from monitoring.models import OrderRecord, Restriction, RestrictionStep
from riskgw.kernel.times import instant_ns
from riskgw.messages import restriction as messages
from riskgw.messages.restriction import Act
from riskgw.reference.models import Account, Contract
from riskgw.reference.queries import base_about

ACTIVE = Restriction.State.ACTIVE
# Releases that are told to shards again at once.
LIFTED_MAX = 1_000
_BITS = {Act.OPEN: "stops_open", Act.CLOSE: "stops_close", Act.CANCEL: "stops_cancel"}


def restrictions_listed() -> QuerySet[Restriction]:
    """Restrictions with everything that is shown of them."""
    return Restriction.objects.select_related("created_by", "proposed_by", "released_by")


def told_to(counters: Iterable[str] | None) -> Q:
    """Restrictions that users of these counters may see; None for all."""
    if counters is None:
        return Q()
    found = Q(told_to="")
    for code in counters:
        found |= Q(told_to__contains=f"|{code}|")
    return found


def counters_concerned(scope: Mapping[str, str]) -> tuple[str, ...] | None:
    """The counters that a restriction of this scope is told to; None for all."""
    return Servers(base_about(scope)).of(scope)


def message_of(row: Restriction) -> messages.Restriction:
    """A row as the message that others hear."""
    return messages.Restriction(
        id=row.number,
        scope=row.scope,
        mask=tuple(act for act, bit in _BITS.items() if getattr(row, bit)),
        since_ns=row.since_ns,
        reason=row.reason,
        rule=row.rule,
        level=row.level,
        alert=row.alert,
        release=row.release,
        created_by=row.created_by.get_username() if row.created_by else "",
        counters=tuple(row.told_to.strip("|").split("|")) if row.told_to else None,
        is_released=row.state != ACTIVE,
        released_by=row.released_by.get_username() if row.released_by else "",
        released_ns=instant_ns(row.released_at) if row.released_at else 0,
        release_reason=row.release_reason,
        proposed_by=row.proposed_by.get_username() if row.proposed_by else "",
        proposed_ns=instant_ns(row.proposed_at) if row.proposed_at else 0,
        proposal_reason=row.proposal_reason,
    )


def mask_bits(mask: Iterable[Act]) -> dict[str, bool]:
    """The columns of a mask."""
    stopped = set(mask)
    return {bit: act in stopped for act, bit in _BITS.items()}


def restrictions_in_force() -> list[messages.Restriction]:
    """All that are active."""
    return [message_of(row) for row in restrictions_listed().filter(state=ACTIVE)]


def released_since(step: int) -> list[tuple[int, str]]:
    """Number of the step and of the restriction, of releases after a step."""
    ended = (RestrictionStep.Verb.RELEASED, RestrictionStep.Verb.DAY_OVER)
    steps = RestrictionStep.objects.filter(pk__gt=step, verb__in=ended).order_by("pk")
    return list(steps.values_list("pk", "restriction__number")[:LIFTED_MAX])


def released_among(ids: Iterable[str]) -> set[str]:
    """Those of the ids that are stored as released."""
    rows = Restriction.objects.filter(number__in=list(ids)).exclude(state=ACTIVE)
    return set(rows.values_list("number", flat=True))


def orders_concerned(restriction: messages.Restriction) -> list[LiveOrder]:
    """The live orders of the newest trading day in a restriction's scope, the newest first."""
    day = latest_day()
    if day is None:
        return []
    steps = OrderRecord.objects.filter(_in_scope(restriction.scope), trading_day=day)
    rows = steps.order_by("-time_ns", "-pk").values_list(*OrderStep._fields)[:EVENTS_MAX]
    found = live_orders(OrderStep(*row) for row in reversed(list(rows)))
    return found[::-1]


def latest_day() -> date | None:
    """The newest trading day that has order events."""
    newest: date | None = (
        OrderRecord.objects.order_by("-time_ns").values_list("trading_day", flat=True).first()
    )
    return newest


def _in_scope(scope: dict[str, str]) -> Q:
    found = Q()
    for name, value in scope.items():
        if name in ("group", "customer"):
            accounts = Account.objects.filter(**{f"{name}__code": value})
            found &= Q(account__in=list(accounts.values_list("code", flat=True)) or [value])
        elif name == "contract":
            exchange, _, symbol = value.partition(":")
            found &= Q(exchange=exchange, symbol=symbol)
        elif name == "product":
            symbols = Contract.objects.filter(kind=value).values_list("symbol", flat=True)
            found &= Q(symbol__in=list(symbols))
        else:
            found &= Q(**{name: value})
    return found
