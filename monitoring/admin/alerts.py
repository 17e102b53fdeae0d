"""Alerts, newest first."""

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from monitoring.admin.readonly import ReadOnlyAdmin
from monitoring.models import Alert
from monitoring.models.choices import ThresholdCmpChoice
from riskgw.kernel.times import local_datetime

LEVEL_LABELS = {"warn": "warning", "restrict": "danger", "limit": "danger"}


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    """Each value beside its threshold; the orders behind recount to the value."""

    list_display = (
        "local_time",
        "level_label",
        "rule",
        "key_text",
        "reading",
        "order_count",
        "late",
    )
    list_filter = ("level", "rule_version__rule", "trading_day", "late")
    list_select_related = ("rule_version__rule",)
    search_fields = ("key_text", "rule_version__rule__code")
    fields = (
        "local_time", "rule_version", "level", "key_text", "reading", "evidence", "order_count",
        "orders", "late", "trading_day",
    )  # fmt: skip
    date_hierarchy = "trading_day"

    @admin.display(description=_("time (exchange)"), ordering="time_ns")
    def local_time(self, alert: Alert) -> str:
        return f"{local_datetime(alert.time_ns):%Y-%m-%d %H:%M:%S.%f}"[:-3]

    @display(description=_("level"), label=LEVEL_LABELS, ordering="level")
    def level_label(self, alert: Alert) -> tuple[str, str]:
        return alert.level, alert.get_level_display()

    @admin.display(description=_("rule"), ordering="rule_version__rule__code")
    def rule(self, alert: Alert) -> str:
        return str(alert.rule_version)

    @admin.display(description=_("value and threshold"))
    def reading(self, alert: Alert) -> SafeString:
        return format_html_join(
            "; ",
            "{} {} {} {} {}",
            (
                (
                    each["indicator"],
                    "–" if each["value"] is None else each["value"],
                    ThresholdCmpChoice(each["cmp"]).label,
                    each["threshold"],
                    each["unit"],
                )
                for each in alert.values
            ),
        )

    @admin.display(description=_("order references"))
    def orders(self, alert: Alert) -> str:
        return " ".join(alert.order_refs)
