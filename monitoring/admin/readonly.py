"""Pages that only show."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from unfold.admin import ModelAdmin

from riskgw.reference.admin import NOTHING


class ReadOnlyAdmin(ModelAdmin):
    """Nobody adds, changes or deletes here, whatever the role; so there is no history either."""

    empty_value_display = NOTHING

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = (extra_context or {}) | {"show_history": False}
        response: HttpResponse = super().change_view(request, object_id, form_url, context)
        return response
