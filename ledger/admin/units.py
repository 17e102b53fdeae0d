"""Business units: made here with a first key, which is shown once."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from ledger.actions.units import open_unit
from ledger.models import BusinessUnit


@admin.register(BusinessUnit)
class BusinessUnitAdmin(ModelAdmin):
    """What a unit may do. Further keys are those of its user, among the API keys."""

    list_display = (
        "name", "may_try", "may_confirm", "may_cancel", "may_read", "may_increase", "may_decrease",
    )  # fmt: skip
    search_fields = ("name",)
    fields = (
        "name", ("may_try", "may_confirm", "may_cancel", "may_read"),
        ("may_increase", "may_decrease"), "accounts",
    )  # fmt: skip
    filter_horizontal = ("accounts",)
    empty_reason = _("No business unit calls the ledger.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Its transactions carry the name."""
        return ("name",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A unit whose key is withdrawn does nothing more; what it did keeps its name."""
        return False

    def save_model(self, request: HttpRequest, obj: BusinessUnit, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        text = _("The key, which is shown only now: %(key)s") % {"key": open_unit(obj)}
        messages.warning(request, text)
