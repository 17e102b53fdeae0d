"""Function modules: path and checksum are pinned here; nothing is uploaded, and nothing is run."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from riskgw.bus.announce import nudge_on_commit
from riskgw.reference.actions.switch_module import CHANNEL, order_module
from riskgw.reference.admin.records import RecordAdmin
from riskgw.reference.models import FunctionModule, ModuleMetric


@admin.register(FunctionModule)
class FunctionModuleAdmin(RecordAdmin):
    """Who may pin may have code run in every process: of the roles only the administrator."""

    list_display = ("name", "origin", "path", "sha256", "is_enabled", "revision", "changed_at")
    list_filter = ("origin", "is_enabled")
    search_fields = ("name", "path")
    fields = ("name", "origin", "path", "sha256", "is_enabled", "settings", "note")
    empty_reason = _("Only the product's own modules run, as they come.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A module keeps its name; another name is another module."""
        names = super().get_readonly_fields(request, obj)
        return ("name", *names) if obj else names

    def save_model(
        self, request: HttpRequest, obj: FunctionModule, form: Any, change: bool
    ) -> None:
        assert isinstance(request.user, User)
        order_module(obj, request.user, "pinned" if not change else "changed")

    def delete_model(self, request: HttpRequest, obj: FunctionModule) -> None:
        super().delete_model(request, obj)
        nudge_on_commit(CHANNEL)


@admin.register(ModuleMetric)
class ModuleMetricAdmin(RecordAdmin):
    """Thresholds of the figures that modules bring along; what they are the module says."""

    list_display = ("module", "name", "title", "unit", "cmp", "monitoring", "risk", "for_seconds")
    list_display_links = ("name",)
    list_filter = ("module", "kind")
    list_select_related = ("module",)
    fields = (
        "module", "name", "title", "unit", "kind", "cmp", "monitoring", "risk", "clear",
        "for_seconds",
    )  # fmt: skip
    empty_reason = _("No function module that is loaded brings metrics along.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        names = super().get_readonly_fields(request, obj)
        return (*dict.fromkeys(("module", "name", "title", "unit", "kind", "cmp", *names)),)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
