"""What all record pages share: history that only shows, numbers and times as lists show them."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import DecimalField
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext, pgettext
from simple_history.admin import SimpleHistoryAdmin
from simple_history.models import HistoricalChanges, ModelChange
from simple_history.template_utils import HistoricalRecordContextHelper
from unfold.admin import ModelAdmin
from unfold.widgets import UnfoldAdminDecimalFieldWidget

NOTHING = "–"


def number_text(value: Decimal | int | str | None) -> str:
    """A number as lists show it: grouped by thousands, without trailing zeros."""
    return NOTHING if value is None else f"{Decimal(value).normalize():,f}"


def time_text(at: datetime) -> str:
    """2026-11-23 14:09:28.803, in the exchanges' time zone."""
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S.%f}"[:-3]


def list_text(parts: Iterable[Any]) -> str:
    """One, two, three, with the comma of the reader's language."""
    return pgettext("between the parts of a list", ", ").join(str(part) for part in parts)


class NumberWidget(UnfoldAdminDecimalFieldWidget):
    """Shows 16000, where the column would say 16000.00000000."""

    def format_value(self, value: Any) -> str | None:
        if isinstance(value, Decimal):
            value = f"{value.normalize():f}"
        text: str | None = super().format_value(value)
        return text


class HistoryTexts(HistoricalRecordContextHelper):
    """Old and new values of a change, as the record's page would show them."""

    def __init__(
        self, record: HistoricalChanges, shown_as: Mapping[str, Callable[..., str]]
    ) -> None:
        super().__init__(record.instance_type, record)
        self._shown_as = shown_as

    def prepare_delta_change_value(self, change: ModelChange, value: Any) -> str:
        if shown := self._shown_as.get(change.field):
            return shown(value)
        choices = dict(self.model._meta.get_field(change.field).flatchoices)  # noqa: SLF001  # public
        if isinstance(value, bool):
            return gettext("Yes") if value else gettext("No")
        if isinstance(value, Decimal):
            return number_text(value)
        return NOTHING if value in (None, "") else str(choices.get(value, value))


class RecordAdmin(SimpleHistoryAdmin, ModelAdmin):
    """A record with its history. The past is read here, never put back.

    Putting an old row back would pass by the checks that stand between rows, and by publishing.
    """

    formfield_overrides = {DecimalField: {"widget": NumberWidget}}
    compressed_fields = False
    warn_unsaved_form = True
    empty_value_display = NOTHING
    # For who may only look: the method that shows a field better than its raw value would.
    shown_instead: Mapping[str, str] = {}
    # How history writes the values of a field, where that is not as usual.
    history_texts: Mapping[str, Callable[..., str]] = {}

    def history_form_view(
        self,
        request: HttpRequest,
        object_id: str,
        version_id: str,
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        if request.method != "GET":
            raise PermissionDenied
        past = self.model.history.filter(history_id=version_id).first()
        response: HttpResponse = super().history_form_view(
            request, object_id, version_id, (extra_context or {}) | {"past": past}
        )
        return response

    def get_historical_record_context_helper(
        self, request: HttpRequest, historical_record: HistoricalChanges
    ) -> HistoryTexts:
        return HistoryTexts(historical_record, self.history_texts)

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return not _is_past(request) and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        names = tuple(super().get_readonly_fields(request, obj))
        if not _is_past(request):
            return names
        columns = (each.name for each in self.opts.fields if not each.auto_created)
        return (*names, *columns, *self.shown_instead.values())

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self.has_change_permission(request, obj):
            return fieldsets
        return [
            (title, options | {"fields": [self._shown(row) for row in options["fields"]]})
            for title, options in fieldsets
        ]

    def _shown(self, row: Any) -> Any:
        if isinstance(row, str):
            return self.shown_instead.get(row, row)
        return tuple(self._shown(each) for each in row)


def _is_past(request: HttpRequest) -> bool:
    """Whether the page shows a record as it once was."""
    match = request.resolver_match
    return match is not None and (match.url_name or "").endswith("_simple_history")


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
