"""Alerts, newest first."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from monitoring.admin.language import indicator_names, key_lines, level_label, with_unit
from monitoring.admin.rules import RuleFilter
from monitoring.admin.sent import last_result
from monitoring.domain.readings import has_reached
from monitoring.domain.self_trade import BY_INSTANT, BY_NUMBER
from monitoring.models import Alert, CustomerWarning
from monitoring.models.choices import ThresholdCmpChoice, in_language
from riskgw.cep.spec import rule_from_builtins
from riskgw.messages.alert import Reading
from riskgw.reference.admin.records import (
    NOTHING,
    ReadOnlyAdmin,
    list_text,
    number_text,
    time_text,
)

# Notifications an alert's page names.
TOLD_MAX = 100

_EVIDENCE = {
    BY_NUMBER: _("same trade number"),
    BY_INSTANT: _("same instant, price and quantity"),
}


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Each value beside its threshold; the orders behind recount to the value."""

    list_filter = (
        "level", "state", ("rule_version__rule", RuleFilter), "trading_day", "late", "shadow",
        "is_newest", ("silence", admin.EmptyFieldListFilter), "owner",
    )  # fmt: skip
    list_select_related = ("rule_version__rule", "handled_by", "owner", "silence")
    search_fields = ("key_text", "rule_version__rule__code")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("local_time", "level_label"),
                    ("rule_name", "rule_version"),
                    ("key_label", "advice"),
                    "readings",
                )
            },
        ),
        (
            _("Evidence"),
            {"fields": (("orders_number", "evidence_text", "late_label"), "orders")},
        ),
        (
            _("Handling"),
            {
                "fields": (
                    ("state_label", "handled_by", "handled_time"),
                    "comment_text",
                    ("owner", "silence", "episode_label"),
                    "note_lines",
                )
            },
        ),
        (_("Who was told"), {"fields": ("told_lines", "escalation_lines", "warning_text")}),
    )
    date_hierarchy = "trading_day"
    empty_reason = _("An alert appears here when a live rule's threshold is reached.")

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> Alert | None:
        """By its number too: links to it are made before it is stored."""
        if object_id.isdecimal():
            found: Alert | None = super().get_object(request, object_id, from_field)
            return found
        by_number: Alert | None = self.get_queryset(request).filter(number=object_id).first()
        return by_number

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """Indicators are asked for their names once a page, not once a row."""
        names = indicator_names()

        @admin.display(description=_("value and threshold"))
        def reading(alert: Alert) -> str:
            context = {"rows": _shown(alert, names)}
            return render_to_string("riskgw/reading_lines.html", context)

        return (
            "time_and_delay", "level_label", "rule", "key_label", reading, "orders_number",
            "state_label",
        )  # fmt: skip

    @admin.display(description=_("time (UTC+8)"), ordering="time_ns")
    def time_and_delay(self, alert: Alert) -> SafeString | str:
        time = self.local_time(alert)
        return format_html("{}<div>{}</div>", time, _("late")) if alert.late else time

    @admin.display(description=_("time (UTC+8)"))
    def local_time(self, alert: Alert) -> str:
        return time_text(alert.at)

    @admin.display(description=_("level"), ordering="level")
    def level_label(self, alert: Alert) -> str:
        return level_label(alert.level)

    @admin.display(description=_("rule"), ordering="rule_version__rule__code")
    def rule(self, alert: Alert) -> SafeString:
        return format_html("{}<br>{}", alert.rule_version, self.rule_name(alert))

    @admin.display(description=_("rule"))
    def rule_name(self, alert: Alert) -> str:
        return in_language(alert.rule_version.spec, "name")

    @admin.display(description=_("what to do"))
    def advice(self, alert: Alert) -> str:
        return in_language(alert.rule_version.spec, "advice") or NOTHING

    @admin.display(description=_("key"), ordering="key_text")
    def key_label(self, alert: Alert) -> SafeString:
        return key_lines(alert.key)

    @admin.display(description=_("value and threshold"))
    def readings(self, alert: Alert) -> str:
        context = {"rows": _shown(alert, indicator_names())}
        return render_to_string("riskgw/readings.html", context)

    @admin.display(description=_("orders"), ordering="order_count")
    def orders_number(self, alert: Alert) -> str:
        return number_text(alert.order_count)

    @admin.display(description=_("order references"))
    def orders(self, alert: Alert) -> str:
        refs = alert.order_refs
        context = {
            "refs": refs,
            "is_part": alert.order_count > len(refs),
            "first": number_text(len(refs) - 1),
        }
        return render_to_string("riskgw/order_refs.html", context)

    @admin.display(description=_("state"), ordering="state")
    def state_label(self, alert: Alert) -> str:
        marks: list[Any] = [alert.get_state_display()]
        if alert.shadow:
            marks.append(_("on trial"))
        if alert.silence_id is not None:
            marks.append(_("silenced"))
        return list_text(marks)

    @admin.display(description=_("episode"))
    def episode_label(self, alert: Alert) -> str:
        return alert.episode_id

    @admin.display(description=_("notes"))
    def note_lines(self, alert: Alert) -> SafeString | str:
        rows = (
            (time_text(note.at), note.author, note, note.owner)
            for note in alert.notes.select_related("author")
        )
        return format_html_join("", "<div>{} {}: {} {}</div>", rows) or NOTHING

    @admin.display(description=_("notifications"))
    def told_lines(self, alert: Alert) -> SafeString | str:
        rows = (
            (
                time_text(row.created_at),
                row.channel,
                row.address,
                row.get_kind_display(),
                row.get_state_display(),
                last_result(row.log),
            )
            for row in alert.notifications.select_related("channel").order_by("pk")[:TOLD_MAX]
        )
        return format_html_join("", "<div>{} {} {} {}: {} ({})</div>", rows) or NOTHING

    @admin.display(description=_("escalations"))
    def escalation_lines(self, alert: Alert) -> SafeString | str:
        rows = (
            (time_text(each.at), each.step) for each in alert.escalations.select_related("step")
        )
        return format_html_join("", "<div>{} {}</div>", rows) or NOTHING

    @admin.display(description=_("customer warning"))
    def warning_text(self, alert: Alert) -> str:
        warning = CustomerWarning.objects.filter(alert=alert).first()
        return str(warning) if warning else NOTHING

    @admin.display(description=_("handled at"))
    def handled_time(self, alert: Alert) -> str:
        return time_text(alert.handled_at) if alert.handled_at else NOTHING

    @admin.display(description=_("comment"))
    def comment_text(self, alert: Alert) -> str:
        return alert.comment or NOTHING

    @admin.display(description=_("matched by"))
    def evidence_text(self, alert: Alert) -> str:
        return str(_EVIDENCE.get(alert.evidence, alert.evidence)) or NOTHING

    @admin.display(description=_("late"), ordering="late")
    def late_label(self, alert: Alert) -> str:
        return str(_("late")) if alert.late else NOTHING


def _shown(alert: Alert, names: Mapping[str, str]) -> list[dict[str, Any]]:
    """The readings of an alert as rows of texts."""
    readings = msgspec.convert(alert.values, list[Reading])
    # What no condition reads, of hosts and business figures, is called as its rule.
    rule = in_language(alert.rule_version.spec, "name")
    titles = list(_titles(alert, names)) or [rule or each.indicator for each in readings]
    return [
        {
            "indicator": title,
            "value": with_unit(reading.value, reading.unit),
            "cmp": ThresholdCmpChoice(reading.cmp).label,
            "threshold": with_unit(reading.threshold, reading.unit),
            "has_reached": has_reached(reading),
        }
        for title, reading in zip(titles, readings, strict=True)
    ]


def _titles(alert: Alert, names: Mapping[str, str]) -> Iterator[str]:
    """The conditions that an alert of its level reads, in the engine's order: by group."""
    spec = rule_from_builtins(alert.rule_version.spec)
    for condition in sorted(spec.conditions, key=lambda each: each.group):
        if any(each.level == alert.level for each in condition.thresholds):
            codes = (condition.indicator, condition.over)
            yield " / ".join(names.get(code, code) for code in codes if code)
