"""Readings of function modules beyond their thresholds become alerts like those of hosts."""

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple
from zlib import crc32

from django.db import transaction
from django.db.models import Q

from monitoring.actions.judge_figures import CATEGORY
from monitoring.actions.keep_rule import keep_rule
from monitoring.actions.store_alerts import store_alerts
from monitoring.domain.live_alert import raised
from monitoring.models import ModuleStanding
from monitoring.rule_queries import SYSTEM_CATEGORY
from riskgw.bus.announce import announce_all_on_commit
from riskgw.bus.connection import Client
from riskgw.cep.spec import Cmp, RuleSpec
from riskgw.kernel.times import trading_day
from riskgw.kernel.words import Level
from riskgw.messages.alert import Alert, Reading
from riskgw.plugins.manifest import MetricCmp, MetricKind
from riskgw.plugins.metrics import LEVELS, MetricLevel, readings
from riskgw.reference.models import ModuleMetric

_CODE_MAX, _NAME_MAX = 30, 80
_LEVELS = {MetricLevel.MONITORING: Level.WARN, MetricLevel.RISK: Level.LIMIT}
_CMP = {MetricCmp.AT_LEAST: Cmp.GE, MetricCmp.AT_MOST: Cmp.LE}


class _Told(NamedTuple):
    """The newest of a metric and key."""

    metric: ModuleMetric
    key: str
    level: MetricLevel
    value: str
    at_ns: int


class _Climb(NamedTuple):
    told: _Told
    episode: int

    @property
    def number(self) -> str:
        """Day, metric, key and time: the same if it came again."""
        told = self.told
        mark = crc32(f"{told.key} {told.level}".encode())
        return f"{trading_day(told.at_ns)}.m{told.metric.pk}.{mark:08x}.{told.at_ns}"


def judge_modules(client: Client) -> None:
    """Each climb once; readings of modules that are disabled say nothing."""
    rows = ModuleMetric.objects.filter(module__is_enabled=True)
    rows = rows.filter(Q(monitoring__isnull=False) | Q(risk__isnull=False))
    metrics = {(row.module.name, row.name): row for row in rows.select_related("module")}
    told = [
        _Told(
            metrics[module, each["metric"]],
            each["key"],
            each["level"],
            each["value"],
            each["at_ns"],
        )
        for module in sorted({name for name, _ in metrics})
        for each in readings(client, module)
        if (module, each["metric"]) in metrics
    ]
    heights = dict(_heights()) if told else {}
    if any(heights.get((each.metric.pk, each.key), 0) != LEVELS.index(each.level) for each in told):
        _judge(told)


def _heights() -> Iterator[tuple[tuple[int, str], int]]:
    for metric, key, height in ModuleStanding.objects.values_list("metric", "key", "height"):
        yield (metric, key), height


@transaction.atomic
def _judge(told: Iterable[_Told]) -> None:
    """Other workers look too: whose turn it is has the rows."""
    known = {(row.metric_id, row.key): row for row in ModuleStanding.objects.select_for_update()}
    climbs = []
    for each in told:
        height = LEVELS.index(each.level)
        row = known.get((each.metric.pk, each.key)) or ModuleStanding(
            metric=each.metric, key=each.key
        )
        if height == row.height:
            continue
        before, row.height = row.height, height
        row.episode += before == 0
        row.save()
        if height > before:
            climbs.append(_Climb(each, row.episode))
    _raise(climbs)


def _raise(climbs: Sequence[_Climb]) -> None:
    specs = {each.told.metric.pk: spec_of(each.told.metric) for each in climbs}
    for spec in specs.values():
        keep_rule(spec)
    alerts = [_alert(each) for each in climbs]
    shown = [
        raised(alert, each.number, specs[each.told.metric.pk])
        for alert, each in zip(alerts, climbs, strict=True)
    ]
    announce_all_on_commit("alerts", shown)
    store_alerts(alerts, [each.number for each in climbs])


def code_of(metric: ModuleMetric) -> str:
    """MOD-holiday-days_left; what is too long ends in its digest."""
    code = f"MOD-{metric.module.name}-{metric.name}"
    if len(code) <= _CODE_MAX:
        return code
    return f"{code[: _CODE_MAX - 9]}-{crc32(code.encode()):08x}"


def spec_of(metric: ModuleMetric) -> RuleSpec:
    """A metric as a rule without conditions; its module says its title in one language."""
    name = metric.title[:_NAME_MAX]
    return RuleSpec(
        code=code_of(metric),
        name_en=name,
        name_zh=name,
        category=SYSTEM_CATEGORY if metric.kind == MetricKind.SYSTEM else CATEGORY,
        advice_en="See the module's newest readings on the page Modules.",
        advice_zh="在“功能模块”页查看该模块的最新读数。",
        key=("module",),
        indicators=(),
        conditions=(),
    )


def _alert(climb: _Climb) -> Alert:
    told, metric = climb.told, climb.told.metric
    level = _LEVELS[told.level]
    threshold = metric.risk if level is Level.LIMIT else metric.monitoring
    assert threshold is not None
    cmp = _CMP[MetricCmp(metric.cmp)]
    key = {"module": metric.module.name}
    return Alert(
        rule=code_of(metric),
        version=1,
        level=level,
        key=key | {"reading": told.key} if told.key else key,
        time_ns=told.at_ns,
        values=(Reading(metric.name, _text(told.value), str(cmp), _text(threshold), metric.unit),),
        order_count=0,
        order_refs=(),
        action="warn",
        episode=climb.episode,
    )


def _text(value: str | Decimal) -> str:
    return f"{Decimal(value).normalize():f}"
