"""Store alerts; the same alert given twice is stored once, and people are told of it once."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

import msgspec
from django.db import transaction
from django.utils import timezone

from monitoring.actions.mark_silenced import active_silences, mark_silenced
from monitoring.actions.tell_of_alerts import Hearers, hearers_now, tell_of_alerts
from monitoring.domain.live_alert import episode_id
from monitoring.models import Alert, RuleVersion, Silence
from riskgw.kernel.times import trading_day, utc_datetime
from riskgw.kernel.words import LEVELS_RISING
from riskgw.messages import alert as messages

BATCH_SIZE = 500


class AlertContext:
    """What alerts are stored by, each asked for once: to be kept for a moment."""

    def __init__(self) -> None:
        self._versions: dict[tuple[str, int], RuleVersion] = {}

    def versions_of(
        self, alerts: Sequence[messages.Alert]
    ) -> Mapping[tuple[str, int], RuleVersion]:
        """The rule versions that alerts name, by code and number."""
        wanted = {(alert.rule, alert.version) for alert in alerts}
        if missing := wanted - self._versions.keys():
            codes = {code for code, _ in missing}
            found = RuleVersion.objects.filter(rule__code__in=codes).select_related("rule")
            self._versions |= {(each.rule.code, each.number): each for each in found}
        return self._versions

    @cached_property
    def silences(self) -> list[Silence]:
        return active_silences()

    @cached_property
    def hearers(self) -> Hearers:
        return hearers_now()


class AlertRows(NamedTuple):
    """Rows that are not stored yet, how high their episodes stood, and whom they may concern."""

    rows: list[Alert]
    heights: Mapping[str, int]
    hearers: Hearers


@transaction.atomic
def store_alerts(alerts: Sequence[messages.Alert], numbers: Sequence[str]) -> None:
    """Under a number each; the rule versions they name must be stored."""
    write_alerts(alert_rows(alerts, numbers, AlertContext()))


def alert_rows(
    alerts: Sequence[messages.Alert], numbers: Sequence[str], context: AlertContext
) -> AlertRows | None:
    """What can be asked and made before the transaction: on SQLite all others wait for its end.

    It is so still when they are written: whoever else stored the same alerts has moved the position
    that the transaction moves, too.
    """
    if not alerts:
        return None
    versions = context.versions_of(alerts)
    known = set(Alert.objects.filter(number__in=numbers).values_list("number", flat=True))
    by_number = {
        number: _row(alert, versions[alert.rule, alert.version], number)
        for alert, number in zip(alerts, numbers, strict=True)
        if number not in known
    }
    rows = list(by_number.values())
    mark_silenced(rows, context.silences)
    return AlertRows(rows, _heights({row.episode_id for row in rows}), context.hearers)


def write_alerts(made: AlertRows | None) -> None:
    """In the caller's transaction, which lets no other writer of the same alerts beside it.

    Who is to be told is written in the same commit, so nobody is told twice or forgotten.
    """
    if made is None:
        return
    rows = made.rows
    Alert.objects.bulk_create(rows, batch_size=BATCH_SIZE)
    _tell(sorted(rows, key=lambda row: (row.time_ns, row.pk)), made.heights, made.hearers)


def _heights(episodes: set[str]) -> dict[str, int]:
    """How far each episode had climbed before."""
    found = Alert.objects.filter(episode_id__in=episodes, is_newest=True)
    return {
        episode: LEVELS_RISING.index(level)
        for episode, level in found.values_list("episode_id", "level")
    }


def _tell(stored: Sequence[Alert], before: Mapping[str, int], hearers: Hearers) -> None:
    """Only of what is higher than its episode stood; the highest is the episode's newest."""
    highest: dict[str, Alert] = {}
    for alert in stored:
        stands = highest.get(alert.episode_id)
        if stands is None or _height(alert) > _height(stands):
            highest[alert.episode_id] = alert
    risen = {
        episode: alert
        for episode, alert in highest.items()
        if _height(alert) > before.get(episode, -1)
    }
    newest = {alert.pk for alert in risen.values()}
    if climbed := risen.keys() & before.keys():
        passed = Alert.objects.filter(is_newest=True, episode_id__in=climbed)
        passed.exclude(pk__in=newest).update(is_newest=False)
    if lower := [alert.pk for alert in stored if alert.pk not in newest]:
        Alert.objects.filter(pk__in=lower).update(is_newest=False)
    tell_of_alerts([alert for alert in stored if alert.pk in newest], hearers)


def _height(alert: Alert) -> int:
    return LEVELS_RISING.index(alert.level)


def _row(alert: messages.Alert, version: RuleVersion, number: str) -> Alert:
    return Alert(
        number=number,
        rule_version=version,
        trading_day=trading_day(alert.time_ns),
        level=alert.level,
        key=alert.key,
        key_text=alert.key_text,
        at=utc_datetime(alert.time_ns),
        time_ns=alert.time_ns,
        values=msgspec.to_builtins(alert.values),
        order_count=alert.order_count,
        order_refs=list(alert.order_refs),
        late=alert.late,
        evidence=alert.evidence or "",
        shadow=alert.shadow,
        action=alert.action,
        mask=list(alert.mask),
        release=alert.release,
        episode=alert.episode,
        episode_id=episode_id(alert),
        stored_at=timezone.now(),
    )
