"""Escalate: alerts that nobody has taken up are told to those whom the policy names, once each."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.utils.translation import gettext, override

from monitoring.actions.enqueue_webhook import wake_deliverer
from monitoring.actions.queue_notifications import alert_notification
from monitoring.models import Alert, Escalation, EscalationStep, Notification
from monitoring.models.choices import AlertStateChoice
from riskgw.bus.announce import announce_all_on_commit
from riskgw.kernel.times import instant_ns
from riskgw.kernel.words import LEVELS_RISING

# A step that is switched on does not dig up what is older than this beyond its time.
REACH = timedelta(days=1)
# In one look; the rest comes with the next.
ALERTS_MAX = 500
_NAMED_MAX = 100


def escalate_alerts(now: datetime) -> int:
    """How many steps were taken. A step of an alert that was taken once is never taken again."""
    steps = EscalationStep.objects.filter(is_active=True).select_related("role", "user", "channel")
    return sum(_taken(step, now) for step in steps.order_by("after_minutes", "pk"))


@transaction.atomic
def _taken(step: EscalationStep, now: datetime) -> int:
    """The row, the messages and the announcement in one commit: a crash loses or repeats none."""
    due = _due(step, now)
    if not due:
        return 0
    rows = [Escalation(alert=alert, step=step, at=now) for alert in due]
    # Another looks at the same time: those it has taken are its own.
    Escalation.objects.bulk_create(rows, ignore_conflicts=True)
    own = set(Escalation.objects.filter(step=step, at=now).values_list("alert", flat=True))
    alerts = [alert for alert in due if alert.pk in own]
    _notify(step, alerts)
    shown = [{"change": "escalated", "alert": _shown(step, alert, now)} for alert in alerts]
    announce_all_on_commit("alerts", shown)
    return len(alerts)


def _due(step: EscalationStep, now: datetime) -> list[Alert]:
    until = now - timedelta(minutes=step.after_minutes)
    levels = LEVELS_RISING[LEVELS_RISING.index(step.level_min) :]
    found = Alert.objects.filter(
        state=AlertStateChoice.OPEN,
        is_newest=True,
        shadow=False,
        silence__isnull=True,
        level__in=levels,
        stored_at__lte=until,
        stored_at__gt=until - REACH,
    ).exclude(escalations__step=step)
    if step.rule_id is not None:
        found = found.filter(rule_version__rule=step.rule_id)
    if step.category:
        found = found.filter(rule_version__spec__category=step.category)
    return list(found.select_related("rule_version__rule").order_by("pk")[:ALERTS_MAX])


def _notify(step: EscalationStep, alerts: Sequence[Alert]) -> None:
    if step.channel is None or not step.channel.is_active:
        return
    addresses = [user.email for user in _people(step) if user.email] or [""]
    rows = []
    for alert in alerts:
        for address in addresses:
            row = alert_notification(step.channel, alert, Notification.Kind.ESCALATION)
            with override(step.channel.language):
                said = gettext("Nobody has taken this up for %(minutes)s minutes.")
            row.text = f"{said % {'minutes': step.after_minutes}}\n{row.text}"
            row.address = address
            rows.append(row)
    Notification.objects.bulk_create(rows)
    if rows:
        wake_deliverer()


def _people(step: EscalationStep) -> list[User]:
    """The user, or the users of the role; a step with neither is for the channel itself."""
    if step.user is not None:
        return [step.user] if step.user.is_active else []
    if step.role is None:
        return []
    return list(step.role.user_set.filter(is_active=True).order_by("pk")[:_NAMED_MAX])


def _shown(step: EscalationStep, alert: Alert, now: datetime) -> dict[str, object]:
    """Pages prompt the user, or whoever has the role."""
    return {
        "id": alert.number,
        "level": alert.level,
        "step": step.name,
        "after_minutes": step.after_minutes,
        "user": step.user.get_username() if step.user else None,
        "role": step.role.name if step.role else None,
        "at_ns": instant_ns(now),
    }
