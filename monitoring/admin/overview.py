"""The admin's first page: the newest trading day at a glance, and what was published last."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext

from monitoring.admin.language import LEVEL_ICONS, key_lines, level_label
from monitoring.models import Alert, Rule, RuleVersion
from monitoring.models.choices import LevelChoice, in_language
from monitoring.queries import alert_counts, latest_alert_day
from monitoring.rule_queries import FIGURE_CATEGORIES
from riskgw.reference.admin.calendars import calendar_notices
from riskgw.reference.admin.records import number_text, time_text

ALERTS_MAX = 10
VERSIONS_MAX = 5
# The gravest first.
_LEVELS = tuple(reversed(LevelChoice))


def overview(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """The context of the page; each part only for those who may see its list."""
    added: dict[str, Any] = {"title": gettext("Overview")}
    if request.user.has_perm("monitoring.view_alert"):
        added["day"] = _day()
    if request.user.has_perm("reference.view_exchangecalendar"):
        added["notices"] = calendar_notices()
    if request.user.has_perm("monitoring.view_ruleversion"):
        added["versions"] = [_version_row(each) for each in _newest_versions()]
    return context | added


def _day() -> dict[str, Any]:
    day = latest_alert_day()
    if day is None:
        return {}
    counts = alert_counts(day)
    rules = Rule.objects.filter(pk__in={rule for rule, _ in counts})
    newest = Alert.objects.filter(trading_day=day).select_related("rule_version")[:ALERTS_MAX]
    return {
        "date": day,
        "tiles": [_tile(day, level, counts) for level in _LEVELS],
        "levels": [level.label for level in _LEVELS],
        "rules": [_rule_row(day, rule, counts) for rule in rules],
        "alerts": [_alert_row(alert) for alert in newest],
    }


def _tile(day: date, level: LevelChoice, counts: Mapping[tuple[int, str], int]) -> dict[str, Any]:
    total = sum(count for (_, each), count in counts.items() if each == level)
    return {
        "level": level.value,
        "label": capfirst(level.label),
        "icon": LEVEL_ICONS[level],
        "number": number_text(total),
        "link": _alerts(day, level__exact=level.value),
    }


def _rule_row(day: date, rule: Rule, counts: Mapping[tuple[int, str], int]) -> dict[str, Any]:
    return {
        "code": rule.code,
        "name": in_language(vars(rule), "name"),
        "link": _alerts(day, rule_version__rule__id__exact=rule.pk),
        "numbers": [number_text(counts.get((rule.pk, level), 0)) for level in _LEVELS],
    }


def _alert_row(alert: Alert) -> dict[str, Any]:
    return {
        "time": time_text(alert.at).partition(" ")[2],
        "level": level_label(alert.level),
        "rule": in_language(alert.rule_version.spec, "name"),
        "key": key_lines(alert.key),
        "link": reverse("admin:monitoring_alert_change", args=[alert.pk]),
    }


def _newest_versions() -> list[RuleVersion]:
    versions = RuleVersion.objects.exclude(rule__category__in=FIGURE_CATEGORIES)
    versions = versions.select_related("rule", "author")
    return list(versions.order_by("-effective_from", "-pk")[:VERSIONS_MAX])


def _version_row(version: RuleVersion) -> dict[str, Any]:
    return {
        "title": f"{version} {in_language(version.spec, 'name')}",
        "since": time_text(version.effective_from),
        "author": version.author,
        "link": reverse("admin:monitoring_ruleversion_change", args=[version.pk]),
    }


def _alerts(day: date, **filters: Any) -> str:
    """The list of alerts of a day, filtered further."""
    query = urlencode({"trading_day__exact": day, **filters})
    return f"{reverse('admin:monitoring_alert_changelist')}?{query}"
