"""API keys: made here and shown once; afterwards only their first letters are known."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin

from riskgw.reference.api_keys import digest_of, new_key
from riskgw.reference.models import ApiKey
from riskgw.reference.models.api_key import PREFIX_SIZE


@admin.register(ApiKey)
class ApiKeyAdmin(ModelAdmin):
    """Whose key it is, and the counter to whose accounts it is limited."""

    list_display = ("name", "prefix", "user", "counter", "is_active", "created_at")
    list_filter = ("is_active", "counter")
    list_select_related = ("user", "counter")
    fields = ("name", "user", "counter", "is_active")
    empty_reason = _("No counter has a key.")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A key stays that of its user and counter; another one is another key."""
        return ("user", "counter") if obj else ()

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if not change:
            key = new_key()
            obj.prefix, obj.digest = key[:PREFIX_SIZE], digest_of(key)
            text = _("The key, which is shown only now: %(key)s") % {"key": key}
            messages.warning(request, text)
        super().save_model(request, obj, form, change)
