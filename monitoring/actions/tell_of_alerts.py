"""Who is to be told of new alerts: decided as they are stored, written in the same commit."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from monitoring.actions.enqueue_webhook import Listener, enqueue_webhooks, listeners_to
from monitoring.actions.queue_notifications import (
    ChannelRoutes,
    queue_alert_notifications,
    routes_by_channel,
)
from monitoring.actions.warn_customers import Templates, warn_customers, warning_templates
from monitoring.domain.live_alert import raised
from monitoring.models import Alert
from riskgw.bus.announce import announce_all_on_commit
from riskgw.cep.spec import rule_from_builtins
from riskgw.kernel.words import Level
from riskgw.messages import alert as messages

TOPIC = "alerts"


class Hearers(NamedTuple):
    """Whom alerts may concern: read before the transaction that stores them."""

    routes: ChannelRoutes
    listeners: list[Listener]
    templates: Templates


def hearers_now() -> Hearers:
    return Hearers(routes_by_channel(), listeners_to(TOPIC), warning_templates())


def tell_of_alerts(alerts: Sequence[Alert], hearers: Hearers) -> None:
    """Nobody of what a rule on trial raised; of what is silenced only those it does not mute."""
    real = [alert for alert in alerts if not alert.shadow]
    if not real:
        return
    silenced = [
        {"change": "silenced", "alert": {"id": alert.number, "silence": alert.silence_id}}
        for alert in real
        if alert.silence_id is not None
    ]
    announce_all_on_commit(TOPIC, silenced)
    heard = [alert for alert in real if alert.silence is None]
    queue_alert_notifications(heard, hearers.routes)
    if hearers.listeners:
        enqueue_webhooks(TOPIC, [shown_alert(alert) for alert in heard], hearers.listeners)
    warned = [alert for alert in real if alert.silence is None or not alert.silence.mutes_warnings]
    warn_customers(warned, hearers.templates)


def shown_alert(alert: Alert) -> dict[str, Any]:
    """A stored alert as the live message shows it: docs/protocols/live.md."""
    message = messages.Alert(
        rule=alert.rule_version.rule.code,
        version=alert.rule_version.number,
        level=Level(alert.level),
        key=alert.key,
        time_ns=alert.time_ns,
        values=tuple(msgspec.convert(alert.values, list[messages.Reading])),
        order_count=alert.order_count,
        order_refs=tuple(alert.order_refs),
        late=alert.late,
        evidence=alert.evidence or None,
        action=alert.action,
        mask=tuple(alert.mask),
        release=alert.release,
        episode=alert.episode,
    )
    shown: dict[str, Any] = raised(
        message, alert.number, rule_from_builtins(alert.rule_version.spec)
    )["alert"]
    return shown
