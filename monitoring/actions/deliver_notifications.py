"""Deliver notifications: a channel's messages in order; what gathers meanwhile is one message."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, override

from monitoring.actions.send_message import Sent, send_message
from monitoring.domain.backoff import delay_seconds
from monitoring.models import Channel, Notification
from riskgw.env import secret_named

# Longer than a message may take; a deliverer that died is replaced after it.
LEASE = timedelta(seconds=60)
# Of a storm the first are named and the rest is counted.
NAMED_MAX = 20
GROUPED_MAX = 2000
TURN_MESSAGES_MAX = 50
_PENDING = Notification.State.PENDING
_NOT_SET = "the environment variable is not set"

Clock = Callable[[], datetime]


def channels_due(now: datetime) -> list[int]:
    """Channels with a message whose turn has come."""
    waiting = Notification.objects.filter(
        Q(channel__next_at__isnull=True) | Q(channel__next_at__lte=now) | ~Q(address=""),
        state=_PENDING,
        due_at__lte=now,
        channel__is_active=True,
    )
    return sorted(set(waiting.order_by().values_list("channel", flat=True)))


def deliver_notifications(channel_id: int, clock: Clock = timezone.now) -> int:
    """How many messages went out or were refused."""
    count = 0
    while count < TURN_MESSAGES_MAX:
        mark = _leased(channel_id, clock())
        if mark is None:
            return count
        try:
            channel = Channel.objects.get(pk=channel_id)
            rows = _next(channel, clock())
            if not rows:
                return count
            _send(channel, rows, clock)
            count += 1
        finally:
            _released(channel_id, mark)
    return count


def _leased(channel_id: int, now: datetime) -> datetime | None:
    """Compare and set: of two deliverers one gets it, until then."""
    until = now + LEASE
    free = Q(leased_until__isnull=True) | Q(leased_until__lte=now)
    got = Channel.objects.filter(free, pk=channel_id, is_active=True)
    return until if got.update(leased_until=until) else None


def _released(channel_id: int, mark: datetime) -> None:
    Channel.objects.filter(pk=channel_id, leased_until=mark).update(leased_until=None)


def _next(channel: Channel, now: datetime) -> list[Notification]:
    """Messages to a person or customer go alone; those to the channel itself go together."""
    due = channel.notifications.filter(state=_PENDING, due_at__lte=now).order_by("pk")
    personal = due.exclude(address="").first()
    if personal is not None:
        return [personal]
    if channel.next_at is not None and channel.next_at > now:
        return []
    return list(due.filter(address="")[:GROUPED_MAX])


def _send(channel: Channel, rows: Sequence[Notification], clock: Clock) -> None:
    sent = _sent(channel, rows)
    now = clock()
    if not rows[0].address:
        next_at = now + timedelta(seconds=channel.interval_seconds)
        Channel.objects.filter(pk=channel.pk).update(next_at=next_at)
    for row in rows:
        _note(row, sent, now)
        row.grouped = len(rows)
    names = ["attempts", "log", "state", "done_at", "due_at", "grouped"]
    Notification.objects.bulk_update(rows, names, batch_size=100)


def _note(row: Notification, sent: Sent, now: datetime) -> None:
    row.attempts += 1
    row.log = [*row.log, {"at": now.isoformat(), "result": sent.result}]
    delay = delay_seconds(row.attempts)
    if sent.is_sent:
        row.state, row.done_at = Notification.State.SENT, now
    elif delay is None:
        row.state, row.done_at = Notification.State.FAILED, now
    else:
        row.due_at = now + timedelta(seconds=delay)


def _sent(channel: Channel, rows: Sequence[Notification]) -> Sent:
    url = secret_named(channel.variable)
    if url is None:
        return Sent(is_sent=False, result=_NOT_SET)
    title, text = _message(channel, rows)
    return send_message(url, rows[0].address, title, text)


def _message(channel: Channel, rows: Sequence[Notification]) -> tuple[str, str]:
    if len(rows) == 1:
        return rows[0].title, rows[0].text
    with override(channel.language):
        title = gettext("%(count)s messages") % {"count": len(rows)}
        lines = [row.title for row in rows[:NAMED_MAX]]
        if len(rows) > NAMED_MAX:
            lines.append(gettext("and %(count)s more") % {"count": len(rows) - NAMED_MAX})
    return title, "\n".join(lines)
