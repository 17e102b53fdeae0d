"""What people's screens judge by: whatever is changed here they are told once it is stored."""

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin


class AnnouncedAdmin(ModelAdmin):
    """`announce` is called with the numbers of the rows that were saved, or are gone."""

    def announce(self, ids: Sequence[int]) -> None:
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        self.announce([obj.pk])

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        gone = [obj.pk]
        super().delete_model(request, obj)
        self.announce(gone)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        gone = [row.pk for row in queryset]
        super().delete_queryset(request, queryset)
        self.announce(gone)
