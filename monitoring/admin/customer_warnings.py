"""Warning texts, and the warnings customers got."""

from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from monitoring.admin.language import level_label
from monitoring.admin.sent import last_result, moment
from monitoring.domain.warning_text import PLACEHOLDERS
from monitoring.models import CustomerWarning, WarningTemplate
from riskgw.reference.admin.records import NOTHING, ReadOnlyAdmin, RecordAdmin, list_text


@admin.register(WarningTemplate)
class WarningTemplateAdmin(RecordAdmin):
    list_display = ("rule_text", "level", "text_zh", "text_en", "is_active")
    list_filter = ("level", "is_active")
    list_select_related = ("rule",)
    search_fields = ("rule__code", "text_zh", "text_en")
    autocomplete_fields = ("rule",)
    readonly_fields = ("placeholders",)
    fieldsets = (
        (None, {"fields": (("rule", "level", "is_active"), "text_zh", "text_en", "placeholders")}),
    )
    empty_reason = _("Without a text, no customer is warned.")

    @admin.display(description=_("rule"), ordering="rule__code")
    def rule_text(self, template: WarningTemplate) -> str:
        return template.rule.code if template.rule else str(_("every other rule"))

    @admin.display(description=_("placeholders"))
    def placeholders(self, template: WarningTemplate) -> str:
        return " ".join(f"{{{name}}}" for name in PLACEHOLDERS)


@admin.register(CustomerWarning)
class CustomerWarningAdmin(ReadOnlyAdmin):
    """What was said, how it reached whom, and whether the counter has taken note."""

    list_display = ("created", "level_text", "alert", "account_codes", "text", "acknowledged")
    list_filter = ("level", ("acknowledged_at", admin.EmptyFieldListFilter))
    list_select_related = ("alert__rule_version__rule", "acknowledged_by")
    search_fields = ("episode_id", "accounts", "text_zh", "text_en")
    fieldsets = (
        (
            None,
            {"fields": (("created", "level_text"), "alert", ("account_codes", "counter_codes"))},
        ),
        (None, {"fields": ("text_zh", "text_en")}),
        (_("Delivery"), {"fields": ("deliveries", ("acknowledged", "acknowledged_by"), "comment")}),
    )
    empty_reason = _("A warning appears here when an alert has a warning text.")

    @admin.display(description=_("time (UTC+8)"), ordering="created_at")
    def created(self, warning: CustomerWarning) -> str:
        return moment(warning.created_at)

    @admin.display(description=_("level"), ordering="level")
    def level_text(self, warning: CustomerWarning) -> str:
        return level_label(warning.level)

    @admin.display(description=_("accounts"))
    def account_codes(self, warning: CustomerWarning) -> str:
        return list_text(warning.accounts) or NOTHING

    @admin.display(description=_("counters"))
    def counter_codes(self, warning: CustomerWarning) -> str:
        return list_text(warning.counters) or NOTHING

    @admin.display(description=_("text"))
    def text(self, warning: CustomerWarning) -> str:
        return str(warning)

    @admin.display(description=_("acknowledged at"), ordering="acknowledged_at")
    def acknowledged(self, warning: CustomerWarning) -> str:
        return moment(warning.acknowledged_at)

    @admin.display(description=_("sent to"))
    def deliveries(self, warning: CustomerWarning) -> SafeString | str:
        rows = (
            (row.channel, row.address, row.get_state_display(), last_result(row.log))
            for row in warning.notifications.select_related("channel").order_by("pk")
        )
        return format_html_join("", "<div>{} {}: {} ({})</div>", rows) or format_html(
            "{}", _("No contact point: by the counter only.")
        )
