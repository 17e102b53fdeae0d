"""Figures of hosts beyond their thresholds become alerts like all others, with their evidence."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple
from zlib import crc32

import msgspec

from monitoring.actions.keep_rule import keep_rule
from monitoring.actions.store_alerts import store_alerts
from monitoring.domain.host_metrics import (
    ADVICE_EN,
    ADVICE_ZH,
    METRICS,
    Metric,
    MetricFacts,
)
from monitoring.domain.host_sample import Heavy
from monitoring.domain.host_watch import Limits
from monitoring.domain.ladder import LEVELS
from monitoring.domain.live_alert import raised
from monitoring.host_queries import Figure
from monitoring.models import Alert, Host, SystemEvidence, SystemThreshold
from monitoring.rule_queries import SYSTEM_CATEGORY
from riskgw.bus.announce import announce_all_on_commit
from riskgw.cep.spec import RuleSpec
from riskgw.kernel.times import trading_day
from riskgw.kernel.words import Level
from riskgw.messages import alert as messages


class Crossing(NamedTuple):
    """A level that a figure has reached."""

    figure: Figure
    limits: Limits
    level: Level
    value: float
    at_ns: int
    episode: int
    heaviest: Sequence[Heavy]


def raise_system_alerts(crossings: Sequence[Crossing], hosts: Mapping[str, Host]) -> None:
    """In the transaction of the caller, which sees to it that none comes twice."""
    if not crossings:
        return
    rules = [spec_of(metric) for metric in {Metric(each.limits.metric) for each in crossings}]
    for spec in rules:
        keep_rule(spec)
    specs = {spec.code: spec for spec in rules}
    alerts = [_alert(each) for each in crossings]
    numbers = [_number(each, hosts) for each in crossings]
    shown = [
        raised(alert, number, specs[alert.rule])
        for alert, number in zip(alerts, numbers, strict=True)
    ]
    announce_all_on_commit("alerts", shown)
    store_alerts(alerts, numbers)
    _keep_evidence(dict(zip(numbers, crossings, strict=True)), hosts)


def end_evidence(ended: Iterable[tuple[Figure, int]]) -> None:
    """Of figures that are back: since when."""
    for figure, at_ns in ended:
        open_ones = SystemEvidence.objects.filter(host__name=figure.host, ended_ns__isnull=True)
        open_ones.filter(metric=figure.place.metric, subject=figure.place.subject).update(
            ended_ns=at_ns
        )


def spec_of(metric: Metric) -> RuleSpec:
    """A figure as a rule without conditions: its name, and what is to be done."""
    facts = METRICS[metric]
    return RuleSpec(
        code=facts.code,
        name_en=facts.name_en,
        name_zh=facts.name_zh,
        category=SYSTEM_CATEGORY,
        advice_en=ADVICE_EN,
        advice_zh=ADVICE_ZH,
        key=("host",),
        indicators=(),
        conditions=(),
    )


def _alert(crossing: Crossing) -> messages.Alert:
    figure, limits = crossing.figure, crossing.limits
    facts = METRICS[Metric(limits.metric)]
    threshold = limits.ladder.rungs[LEVELS.index(crossing.level)]
    # Over both at once, the reading names the higher one.
    assert threshold is not None
    reading = messages.Reading(
        limits.metric, _text(crossing.value), facts.cmp, f"{threshold.normalize():f}", facts.unit
    )
    return messages.Alert(
        rule=facts.code,
        version=1,
        level=crossing.level,
        key=_key(figure, facts),
        time_ns=crossing.at_ns,
        values=(reading,),
        order_count=0,
        order_refs=(),
        action="warn",
        episode=crossing.episode,
    )


def _key(figure: Figure, facts: MetricFacts) -> dict[str, str]:
    key = {"host": figure.host}
    if figure.place.subject:
        key[str(facts.subject) or "subject"] = figure.place.subject
    return key


def _text(value: float) -> str:
    return f"{Decimal(str(value)).normalize():f}"


def _number(crossing: Crossing, hosts: Mapping[str, Host]) -> str:
    """Day, host, figure and time: unique, and the same if it came again."""
    day = trading_day(crossing.at_ns)
    host = hosts[crossing.figure.host].pk
    mark = crc32(f"{crossing.figure.place.name} {crossing.level}".encode())
    return f"{day}.h{host}.{mark:08x}.{crossing.at_ns}"


def _keep_evidence(crossings: Mapping[str, Crossing], hosts: Mapping[str, Host]) -> None:
    runbooks = dict(
        SystemThreshold.objects.filter(
            pk__in={each.limits.id for each in crossings.values()}
        ).values_list("pk", "runbook")
    )
    alerts = dict(Alert.objects.filter(number__in=crossings).values_list("number", "pk"))
    SystemEvidence.objects.bulk_create(
        [
            SystemEvidence(
                alert_id=alerts[number],
                host=hosts[each.figure.host],
                metric=each.figure.place.metric,
                subject=each.figure.place.subject,
                warn=each.limits.warn,
                limit=each.limits.limit,
                clear=each.limits.clear,
                runbook=runbooks.get(each.limits.id, ""),
                heaviest=msgspec.to_builtins(tuple(each.heaviest)),
            )
            for number, each in crossings.items()
            if number in alerts
        ],
        ignore_conflicts=True,
    )
