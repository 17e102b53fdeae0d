"""Store alerts; the same alert given twice is stored once."""

from collections.abc import Sequence

import msgspec

from monitoring.models import Alert, RuleVersion
from riskgw.kernel.times import trading_day, utc_datetime
from riskgw.messages import alert as messages

BATCH_SIZE = 500


def store_alerts(alerts: Sequence[messages.Alert], numbers: Sequence[str]) -> None:
    """Under a number each; the rule versions they name must be stored."""
    if not alerts:
        return
    codes = {alert.rule for alert in alerts}
    versions = {
        (version.rule.code, version.number): version
        for version in RuleVersion.objects.filter(rule__code__in=codes).select_related("rule")
    }
    rows = [
        _row(alert, versions[alert.rule, alert.version], number)
        for alert, number in zip(alerts, numbers, strict=True)
    ]
    Alert.objects.bulk_create(rows, batch_size=BATCH_SIZE, ignore_conflicts=True)


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
