"""Queue notifications: what goes to which channel, as rows that the deliverer works off."""

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from django.utils import timezone
from django.utils.translation import gettext, override

from monitoring.actions.enqueue_webhook import wake_deliverer
from monitoring.domain.unit_words import figure_text
from monitoring.models import Alert, Channel, Indicator, Notification, Route
from monitoring.models.choices import (
    LevelChoice,
    ThresholdCmpChoice,
    in_language,
    language_code,
)
from riskgw.kernel.times import local_datetime
from riskgw.kernel.words import LEVELS_RISING
from riskgw.messages.alert import Reading

TITLE_SIZE_MAX = 300

ChannelRoutes = Mapping[Channel, Sequence[Route]]


def queue_alert_notifications(alerts: Sequence[Alert], by_channel: ChannelRoutes) -> None:
    """By the routes; an alert goes to a channel once, however many routes lead there."""
    if not alerts:
        return
    rows = []
    for channel, routes in by_channel.items():
        wanted = [alert for alert in alerts if any(_leads(route, alert) for route in routes)]
        rows += [alert_notification(channel, alert) for alert in wanted]
    # Told once a channel: a constraint of the table, for whoever else may come here.
    Notification.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        wake_deliverer()


def routes_by_channel() -> ChannelRoutes:
    found: dict[Channel, list[Route]] = {}
    routes = Route.objects.filter(is_active=True, channel__is_active=True)
    for route in routes.select_related("channel", "rule"):
        found.setdefault(route.channel, []).append(route)
    return found


def queue_texts(channels: Iterable[Channel], kind: str, texts: Mapping[str, str]) -> None:
    """The same message to several channels; `texts` by language, subject first."""
    rows = []
    for channel in channels:
        subject, _, rest = texts[channel.language].partition("\n")
        rows.append(
            Notification(
                channel=channel, kind=kind, title=subject[:TITLE_SIZE_MAX], text=rest or subject,
                due_at=timezone.now(),
            )
        )  # fmt: skip
    Notification.objects.bulk_create(rows)
    if rows:
        wake_deliverer()


def alert_notification(
    channel: Channel, alert: Alert, kind: str = Notification.Kind.ALERT
) -> Notification:
    """In the channel's language."""
    with override(channel.language):
        return Notification(
            channel=channel,
            kind=kind,
            alert=alert,
            title=_title(alert)[:TITLE_SIZE_MAX],
            text=_text(alert),
            due_at=timezone.now(),
        )


def _leads(route: Route, alert: Alert) -> bool:
    version = alert.rule_version
    is_high = LEVELS_RISING.index(alert.level) >= LEVELS_RISING.index(route.level_min)
    is_rule = route.rule_id in (None, version.rule_id)
    return is_high and is_rule and route.category in ("", version.spec.get("category"))


def _title(alert: Alert) -> str:
    version = alert.rule_version
    name = in_language(version.spec, "name")
    level = LevelChoice(alert.level).label
    return f"[{level}] {version.rule.code} {name} {alert.key_text}"


def _text(alert: Alert) -> str:
    time = local_datetime(alert.time_ns).isoformat(sep=" ", timespec="milliseconds")
    lines = [gettext("Time: %(time)s (UTC+8)") % {"time": time}]
    readings = msgspec.convert(alert.values, list[Reading])
    codes = {each.indicator for each in readings}
    names = {each.code: str(each) for each in Indicator.objects.filter(code__in=codes)}
    # Of figures that no indicator counts there is one, called as its rule.
    rule = in_language(alert.rule_version.spec, "name")
    lines += [_reading(each, names.get(each.indicator) or rule) for each in readings]
    if advice := in_language(alert.rule_version.spec, "advice"):
        lines.append(advice)
    lines.append(gettext("Alert: %(number)s") % {"number": alert.number})
    return "\n".join(lines)


def _reading(reading: Reading, name: str) -> str:
    sign = ThresholdCmpChoice(reading.cmp).label
    value, threshold = (
        figure_text(each, reading.unit, language_code())
        for each in (reading.value, reading.threshold)
    )
    return f"{name or reading.indicator} {value} {sign} {threshold}"
