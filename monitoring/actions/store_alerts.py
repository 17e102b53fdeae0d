"""Store alerts; the same alert given twice is stored once."""

from collections.abc import Iterable

import msgspec

from monitoring.models import Alert, RuleVersion
from riskgw.kernel.times import trading_day, utc_datetime
from riskgw.messages import alert as messages

BATCH_SIZE = 500


def store_alerts(alerts: Iterable[messages.Alert]) -> int:
    """How many were new. The rule versions they name must be stored."""
    versions = {
        (version.rule.code, version.number): version
        for version in RuleVersion.objects.select_related("rule")
    }
    before = Alert.objects.count()
    Alert.objects.bulk_create(
        [_row(alert, versions[alert.rule, alert.version]) for alert in alerts],
        batch_size=BATCH_SIZE,
        ignore_conflicts=True,
    )
    return Alert.objects.count() - before


def _row(alert: messages.Alert, version: RuleVersion) -> Alert:
    return Alert(
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
