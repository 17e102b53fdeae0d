"""Whatever is changed here, the engine is told once it is stored."""

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext

from quoting.actions.tell_engine import reload_on_commit
from quoting.queries import settings_faults
from riskgw.reference.admin.base_data import ImportedAdmin


class EngineAdmin(ImportedAdmin):
    """Settings of the engine: stored, then in force; what it cannot begin with is said aloud."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        _tell(request)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        super().delete_model(request, obj)
        _tell(request)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        super().delete_queryset(request, queryset)
        _tell(request)

    def process_result(self, result: Any, request: HttpRequest) -> Any:
        """Rows of an imported file are stored by now."""
        _tell(request)
        return super().process_result(result, request)


def _tell(request: HttpRequest) -> None:
    reload_on_commit(request.user.get_username())
    for fault in settings_faults():
        text = gettext("The quote engine cannot use this: %(fault)s") % {"fault": fault}
        messages.warning(request, text)
