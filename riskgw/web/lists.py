"""Lists by cursor: `next` is the `cursor` of the page that follows, null at the end."""

import base64
from http import HTTPStatus
from typing import Any, NamedTuple, TypeVar

import msgspec
from django.core.exceptions import ValidationError
from django.db.models import Model, Q, QuerySet
from rest_framework import serializers

from riskgw.web.problems import FieldError, Problem

PAGE_SIZE = 100
_CURSOR_SIZE_MAX = 400

Row = TypeVar("Row", bound=Model)


class Page(NamedTuple):
    """Some rows of a list, and where the rest begins."""

    next: str | None
    results: list[Any]


class ListArguments(serializers.Serializer[Any]):
    """What every list takes."""

    cursor = serializers.CharField(required=False, max_length=_CURSOR_SIZE_MAX)


class PageResult(serializers.Serializer[Any]):
    """The shape of a page; subclasses say of what."""

    next = serializers.CharField(allow_null=True)


def page(rows: QuerySet[Row], order: tuple[str, ...], cursor: str | None) -> Page:
    """The page behind the cursor, in an order of columns that together are unique, newest first.

    A row is found by its place in the order, so rows that come in between move nothing.
    """
    names = [each.removeprefix("-") for each in order]
    rows = rows.order_by(*order)
    if cursor is not None:
        columns = [_column(rows.model, name) for name in names]
        rows = rows.filter(_behind(order, _read(cursor, columns)))
    found = list(rows[: PAGE_SIZE + 1])
    if len(found) <= PAGE_SIZE:
        return Page(None, found)
    last = found[PAGE_SIZE - 1]
    return Page(_written([getattr(last, name) for name in names]), found[:PAGE_SIZE])


def _behind(order: tuple[str, ...], values: list[Any]) -> Q:
    """Rows after these values: beyond in the first column, or equal there and so on."""
    behind, equal = Q(), Q()
    for column, value in zip(order, values, strict=True):
        name = column.removeprefix("-")
        beyond = Q(**{f"{name}__{'lt' if column.startswith('-') else 'gt'}": value})
        behind |= equal & beyond
        equal &= Q(**{name: value})
    return behind


def _written(values: list[Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def _column(model: type[Model], name: str) -> Any:
    fields = model._meta  # noqa: SLF001  # documented, for all its underscore
    return fields.pk if name == "pk" else fields.get_field(name.removesuffix("_id"))


def _read(cursor: str, columns: list[Any]) -> list[Any]:
    """Values for the columns; a cursor comes from outside and may hold anything."""
    padded = cursor + "=" * (-len(cursor) % 4)
    try:
        text = base64.b64decode(padded, altchars=b"-_", validate=True)
        values = msgspec.json.decode(text, type=list[int | str])
        if len(values) == len(columns) and b"\\u0000" not in text:
            return [column.to_python(each) for column, each in zip(columns, values, strict=True)]
    except (ValueError, ValidationError):
        pass
    errors = [FieldError("cursor", "invalid", "Not a cursor of this list.")]
    raise Problem(HTTPStatus.BAD_REQUEST, "invalid", "Some arguments are not valid.", errors)
