"""Readings of function modules beyond their thresholds become alerts like those of hosts."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple
from zlib import crc32

from django.db import transaction
from django.db.models import Q

from monitoring.actions.keep_rule import keep_rule
from monitoring.actions.store_alerts import store_alerts
from monitoring.domain.ladder import AT_EASE, GAP_NS_MAX, Judged, Ladder, Standing, climbed
from monitoring.domain.live_alert import raised
from monitoring.models import ModuleStanding
from monitoring.rule_queries import BUSINESS_CATEGORY, SYSTEM_CATEGORY
from riskgw.bus.announce import announce_all_on_commit
from riskgw.bus.connection import Client
from riskgw.cep.spec import Cmp, RuleSpec
from riskgw.kernel.times import NS_PER_SECOND, trading_day
from riskgw.kernel.words import Level
from riskgw.messages.alert import Alert, Reading
from riskgw.plugins.manifest import MetricCmp, MetricKind
from riskgw.plugins.metrics import readings
from riskgw.reference.models import ModuleMetric

_CODE_MAX, _NAME_MAX = 30, 80
_CMP = {MetricCmp.AT_LEAST: Cmp.GE, MetricCmp.AT_MOST: Cmp.LE}
# A metric's row, and the key of a reading.
_Figure = tuple[int, str]


class _Told(NamedTuple):
    """The newest of a metric and key."""

    metric: ModuleMetric
    key: str
    value: Decimal
    at_ns: int

    @property
    def figure(self) -> _Figure:
        return self.metric.pk, self.key

    def judged(self, before: Standing) -> Judged:
        """Readings are judged again, as people may have moved a threshold since."""
        if self.at_ns < before.at_ns:
            return Judged(before)
        return climbed(ladder_of(self.metric), before, self.value, self.at_ns)


class _Climb(NamedTuple):
    told: _Told
    level: Level
    episode: int

    @property
    def number(self) -> str:
        """Day, metric, key and time: the same if it came again."""
        told = self.told
        mark = crc32(f"{told.key} {self.level}".encode())
        return f"{trading_day(told.at_ns)}.m{told.metric.pk}.{mark:08x}.{told.at_ns}"


def judge_modules(client: Client) -> None:
    """Each climb once; readings of modules that are disabled say nothing."""
    rows = ModuleMetric.objects.filter(module__is_enabled=True)
    rows = rows.filter(Q(monitoring__isnull=False) | Q(risk__isnull=False))
    metrics = {(row.module.name, row.name): row for row in rows.select_related("module")}
    told = [
        _Told(metrics[module, each["metric"]], each["key"], Decimal(each["value"]), each["at_ns"])
        for module in sorted({name for name, _ in metrics})
        for each in readings(client, module)
        if (module, each["metric"]) in metrics
    ]
    rows_known = ModuleStanding.objects.all() if told else ()
    known = {row.figure: row.standing for row in rows_known}
    found = ((known.get(each.figure, AT_EASE), each) for each in told)
    if any(_is_news(before, each.judged(before).standing) for before, each in found):
        _judge(told)


def ladder_of(metric: ModuleMetric) -> Ladder:
    """Between its readings may lie three runs of the module's slowest job."""
    seconds = 3 * metric.every_seconds
    return Ladder(
        _CMP[MetricCmp(metric.cmp)],
        (metric.monitoring, metric.risk),
        metric.clear,
        metric.for_seconds * NS_PER_SECOND,
        max(GAP_NS_MAX, seconds * NS_PER_SECOND),
    )


def _is_news(before: Standing, after: Standing) -> bool:
    """Whether it is to be stored: of a figure that waits for nothing its height says it all."""
    was = before.height, [began is None for began in before.since_ns]
    now = after.height, [began is None for began in after.since_ns]
    return was != now or (after.is_waiting and before.at_ns != after.at_ns)


@transaction.atomic
def _judge(told: Iterable[_Told]) -> None:
    """Other workers look too: whose turn it is has the rows."""
    known = {row.figure: row for row in ModuleStanding.objects.select_for_update()}
    climbs = []
    for each in told:
        row = known.get(each.figure) or ModuleStanding(metric=each.metric, key=each.key)
        before = row.standing
        found = each.judged(before)
        if not _is_news(before, found.standing):
            continue
        row.take(found.standing)
        row.save()
        if found.risen is not None:
            climbs.append(_Climb(each, found.risen, row.episode))
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
        category=SYSTEM_CATEGORY if metric.kind == MetricKind.SYSTEM else BUSINESS_CATEGORY,
        advice_en="See the module's newest readings on the page Modules.",
        advice_zh="在“功能模块”页查看该模块的最新读数。",
        key=("module",),
        indicators=(),
        conditions=(),
    )


def _alert(climb: _Climb) -> Alert:
    told, metric = climb.told, climb.told.metric
    threshold = metric.risk if climb.level is Level.LIMIT else metric.monitoring
    assert threshold is not None
    cmp = _CMP[MetricCmp(metric.cmp)]
    key = {"module": metric.module.name}
    return Alert(
        rule=code_of(metric),
        version=1,
        level=climb.level,
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
