"""Judge business figures: a prompt at the monitoring threshold, a restriction at the risk one."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple
from zlib import crc32

import msgspec
from django.db import transaction

from monitoring.actions.keep_rule import keep_rule
from monitoring.actions.store_alerts import store_alerts
from monitoring.actions.store_restrictions import new_row, note
from monitoring.actions.tell_restriction import tell_restriction
from monitoring.business_queries import Limits, ThresholdBook
from monitoring.domain.business_figures import Figure, Key
from monitoring.domain.business_metrics import (
    FIGURE_DIGITS,
    METRICS,
    STANDINGS,
    MetricFacts,
    Standing,
    judged,
)
from monitoring.domain.live_alert import raised
from monitoring.domain.restrictions import restriction_of
from monitoring.models import MetricStanding, Restriction, RestrictionStep
from monitoring.restriction_queries import counters_concerned
from monitoring.rule_queries import BUSINESS_CATEGORY
from riskgw.bus.announce import announce_all_on_commit
from riskgw.cep.spec import Action, Release, RuleSpec
from riskgw.kernel.decimals import plain
from riskgw.kernel.words import Level
from riskgw.messages.alert import Alert, Reading
from riskgw.messages.restriction import Change

_LEVELS = {Standing.MONITORING: Level.WARN, Standing.RISK: Level.LIMIT}


class _Climb(NamedTuple):
    figure: Figure
    limits: Limits
    standing: Standing
    episode: int


@transaction.atomic
def judge_figures(
    day: date, figures: Iterable[Figure], book: ThresholdBook, at_ns: int
) -> list[Alert]:
    """Each climb once, however often its figure is judged; the alerts it has raised."""
    known = {
        (row.metric, (row.exchange, row.account, row.symbol)): row
        for row in MetricStanding.objects.filter(trading_day=day)
    }
    climbs: list[_Climb] = []
    for figure in figures:
        limits = book.of(figure.metric, figure.key)
        facts = METRICS[figure.metric]
        standing = Standing.QUIET
        if limits is not None:
            standing = judged(figure.value, facts.cmp, limits.monitoring, limits.risk)
        row = known.get((figure.metric, figure.key))
        before = Standing(row.standing) if row else Standing.QUIET
        if standing is before:
            continue
        row = row or _first(day, figure)
        is_new = before is Standing.QUIET
        row.standing, row.episode = standing.value, row.episode + is_new
        row.save()
        if limits is not None and STANDINGS.index(standing) > STANDINGS.index(before):
            climbs.append(_Climb(figure, limits, standing, row.episode))
    return _told(day, climbs, at_ns)


def _first(day: date, figure: Figure) -> MetricStanding:
    exchange, account, symbol = figure.key
    return MetricStanding(
        trading_day=day, metric=figure.metric, exchange=exchange, account=account, symbol=symbol,
        standing=Standing.QUIET.value,
    )  # fmt: skip


def _told(day: date, climbs: Sequence[_Climb], at_ns: int) -> list[Alert]:
    if not climbs:
        return []
    specs = {metric: spec_of(METRICS[metric]) for metric in {one.figure.metric for one in climbs}}
    for spec in specs.values():
        keep_rule(spec)
    alerts = [_alert(each, at_ns) for each in climbs]
    numbers = [_number(day, each, at_ns) for each in climbs]
    told = [
        raised(alert, number, specs[climb.figure.metric])
        for climb, alert, number in zip(climbs, alerts, numbers, strict=True)
    ]
    announce_all_on_commit("alerts", told)
    store_alerts(alerts, numbers)
    _restrict(zip(alerts, numbers, strict=True))
    return alerts


def spec_of(facts: MetricFacts) -> RuleSpec:
    """The metric as a rule without conditions; its numbers are thresholds of their own."""
    return RuleSpec(
        code=facts.code, name_en=facts.name_en, name_zh=facts.name_zh, category=BUSINESS_CATEGORY,
        advice_en=facts.advice_en, advice_zh=facts.advice_zh, key=("account",), indicators=(),
        conditions=(),
    )  # fmt: skip


def _alert(climb: _Climb, at_ns: int) -> Alert:
    figure, facts = climb.figure, METRICS[climb.figure.metric]
    is_risk = climb.standing is Standing.RISK
    threshold = climb.limits.risk if is_risk else climb.limits.monitoring
    assert threshold is not None
    assert figure.value is not None
    stop = Action.RESTRICT_ORDERS if facts.stops_orders else Action.RESTRICT_OPEN
    reading = Reading(
        figure.metric.value, plain(figure.value, FIGURE_DIGITS), facts.cmp.value,
        plain(threshold, FIGURE_DIGITS), facts.unit,
    )  # fmt: skip
    return Alert(
        rule=facts.code,
        version=1,
        level=_LEVELS[climb.standing],
        key=_key(figure.key),
        time_ns=at_ns,
        values=(reading,),
        order_count=0,
        order_refs=(),
        action=str(stop) if is_risk else str(Action.WARN),
        release=str(Release.TRADER) if is_risk else "",
        episode=climb.episode,
    )


def _key(key: Key) -> dict[str, str]:
    exchange, account, symbol = key
    return {"account": account, **({"contract": f"{exchange}:{symbol}"} if symbol else {})}


def _number(day: date, climb: _Climb, at_ns: int) -> str:
    """Day, figure and time: the same if it came again."""
    text = f"{climb.figure.metric} {climb.figure.key} {climb.standing}"
    return f"{day}.b.{crc32(text.encode()):08x}.{at_ns}"


def _restrict(alerts: Iterable[tuple[Alert, str]]) -> None:
    """One a rule and scope: what is stopped already is not stopped twice."""
    for alert, number in alerts:
        made = restriction_of(alert, number)
        if made is None:
            continue
        made = msgspec.structs.replace(made, counters=counters_concerned(made.scope))
        standing = Restriction.objects.filter(
            rule=made.rule, scope_text=made.scope_text, state=Restriction.State.ACTIVE
        )
        if standing.exists():
            continue
        row = new_row(made)
        row.save()
        note(row, RestrictionStep.Verb.RESTRICTED, made.reason)
        tell_restriction(Change.RESTRICTED, made)
