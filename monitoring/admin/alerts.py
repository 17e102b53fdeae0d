"""Alerts, newest first."""

from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from monitoring.admin.language import in_language, key_text, level_label
from monitoring.admin.readonly import ReadOnlyAdmin
from monitoring.admin.rules import RuleFilter
from monitoring.domain.self_trade import BY_INSTANT, BY_NUMBER
from monitoring.models import Alert
from monitoring.models.choices import ThresholdCmpChoice, UnitChoice
from riskgw.kernel.times import local_datetime
from riskgw.reference.admin import NOTHING, number_text

_EVIDENCE = {
    BY_NUMBER: _("same trade number"),
    BY_INSTANT: _("same instant, price and quantity"),
}


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Each value beside its threshold; the orders behind recount to the value."""

    list_display = (
        "local_time",
        "level_label",
        "rule",
        "key_label",
        "reading",
        "orders_number",
        "late_label",
    )
    list_filter = ("level", ("rule_version__rule", RuleFilter), "trading_day", "late")
    list_select_related = ("rule_version__rule",)
    search_fields = ("key_text", "rule_version__rule__code")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("local_time", "level_label"),
                    ("rule_version", "rule_name"),
                    "key_label",
                    "readings",
                    "advice",
                )
            },
        ),
        (
            _("Evidence"),
            {"fields": (("orders_number", "evidence_text", "late_label"), "orders")},
        ),
    )
    date_hierarchy = "trading_day"
    empty_reason = _("An alert appears here when a live rule's threshold is reached.")

    @admin.display(description=_("time (exchange)"), ordering="time_ns")
    def local_time(self, alert: Alert) -> str:
        return f"{local_datetime(alert.time_ns):%Y-%m-%d %H:%M:%S.%f}"[:-3]

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
    def key_label(self, alert: Alert) -> str:
        return key_text(alert.key)

    @admin.display(description=_("value and threshold"))
    def reading(self, alert: Alert) -> SafeString:
        return format_html_join(
            "",
            '<div class="reading">{indicator} <b>{value}</b> ({cmp} {threshold} {unit})</div>',
            (_shown(each) for each in alert.values),
        )

    @admin.display(description=_("value and threshold"))
    def readings(self, alert: Alert) -> str:
        rows = [_shown(each) for each in alert.values]
        return render_to_string("riskgw/readings.html", {"rows": rows})

    @admin.display(description=_("orders"), ordering="order_count")
    def orders_number(self, alert: Alert) -> str:
        return number_text(alert.order_count)

    @admin.display(description=_("order references"))
    def orders(self, alert: Alert) -> str:
        return render_to_string(
            "riskgw/order_refs.html",
            {"refs": alert.order_refs, "is_part": alert.order_count > len(alert.order_refs)},
        )

    @admin.display(description=_("matched by"))
    def evidence_text(self, alert: Alert) -> str:
        return str(_EVIDENCE.get(alert.evidence, alert.evidence)) or NOTHING

    @admin.display(description=_("late"), ordering="late")
    def late_label(self, alert: Alert) -> str:
        return str(_("late")) if alert.late else NOTHING


def _shown(reading: dict[str, Any]) -> dict[str, str]:
    """A reading of an alert as a row of texts."""
    return {
        "indicator": reading["indicator"],
        "value": number_text(None if reading["value"] is None else Decimal(reading["value"])),
        "cmp": ThresholdCmpChoice(reading["cmp"]).label,
        "threshold": number_text(Decimal(reading["threshold"])),
        "unit": UnitChoice(reading["unit"]).label,
    }
