"""Store alerts; the same alert given twice is stored once."""

import hashlib
from collections.abc import Iterable
from itertools import chain, repeat

import msgspec

from monitoring.models import Alert, RuleVersion
from riskgw.kernel.times import trading_day, utc_datetime
from riskgw.messages import alert as messages

BATCH_SIZE = 500


def store_alerts(alerts: Iterable[messages.Alert], numbers: Iterable[str] = ()) -> int:
    """How many were new. The rule versions they name must be stored.

    Alerts of the live shards come with their numbers; a replay's have none and get one.
    """
    versions = {
        (version.rule.code, version.number): version
        for version in RuleVersion.objects.select_related("rule")
    }
    before = Alert.objects.count()
    Alert.objects.bulk_create(
        [
            _row(alert, versions[alert.rule, alert.version], number or _replay_number(alert))
            for alert, number in zip(alerts, chain(numbers, repeat("")), strict=False)
        ],
        batch_size=BATCH_SIZE,
        ignore_conflicts=True,
    )
    return Alert.objects.count() - before


def _replay_number(alert: messages.Alert) -> str:
    """The same for the same alert, however often it is replayed."""
    mark = hashlib.sha256(repr(alert.sort_key).encode()).hexdigest()[:16]
    return f"{trading_day(alert.time_ns)}.replay.{mark}.0"


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
    )
