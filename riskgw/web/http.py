"""The HTTP side: a table of endpoints becomes Django's routes."""

from collections.abc import Callable, Iterable, Mapping
from itertools import groupby
from typing import Any, ClassVar

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.urls import URLPattern, path, re_path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ParseError
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from riskgw.web.handlers import (
    LOGGED_IN,
    Answering,
    Call,
    Download,
    Endpoint,
    Handler,
    at_once,
    is_allowed,
)
from riskgw.web.problems import CONTENT_TYPE, ProblemResult, not_found

_READING = ("GET",)
_REFUSALS = {(status, CONTENT_TYPE): ProblemResult for status in (400, 401, 403, 404, 409, 422)}


class RowPermission(BasePermission):
    """The permission in the row of the table, asked before there is a handler."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return is_allowed(request.user, view.permissions.get(request.method, LOGGED_IN))


class EndpointView(APIView):
    """What Django calls; the handlers do the work."""

    permission_classes = (RowPermission,)
    permissions: ClassVar[Mapping[str, str]] = {}


class NoEndpoint(EndpointView):
    """Whatever no row of the table names."""

    schema = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        raise not_found("There is no such address.")


NOWHERE = re_path("", NoEndpoint.as_view())


def routes(endpoints: Iterable[Endpoint]) -> list[URLPattern]:
    """All there is: what none of these rows names is not there."""
    return [*patterns(endpoints), NOWHERE]


def patterns(endpoints: Iterable[Endpoint], answering: Answering = at_once) -> list[URLPattern]:
    """A view for each path, with a method for each of its rows."""
    rows = sorted(endpoints, key=lambda row: row.path)
    found = [
        path(where, _view(list(same), answering).as_view())
        for where, same in groupby(rows, key=lambda row: row.path)
    ]
    return in_order(found)


def in_order(found: Iterable[URLPattern]) -> list[URLPattern]:
    """What stands in the address word for word goes before an argument in its place."""
    return sorted(found, key=lambda each: str(each.pattern).replace("<", "~"))


def _view(rows: list[Endpoint], answering: Answering) -> type[EndpointView]:
    methods = {row.method.lower(): _method(row, answering) for row in rows}
    permissions = {row.method: row.permission for row in rows}
    if "GET" in permissions:
        permissions["HEAD"] = permissions["GET"]
        methods["head"] = methods["get"]
    return type("View", (EndpointView,), {"permissions": permissions, **methods})


def _method(row: Endpoint, answering: Answering) -> Callable[..., HttpResponse]:
    def method(view: EndpointView, request: Request, **route: Any) -> HttpResponse:
        assert isinstance(request.user, User)
        answer = answering(row, Call(request.user, {**_arguments(request), **route}))
        if isinstance(answer.data, Download):
            return _file(answer.data)
        response = Response(answer.data, row.handler.status)
        for name, value in answer.cookies.items():
            response.set_cookie(name, value, samesite="Lax")
        return response

    method.__doc__ = row.handler.__doc__
    documented: Callable[..., HttpResponse] = extend_schema(**_documented(row))(method)
    return documented


def _file(download: Download) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{download.name}"'}
    return HttpResponse(
        download.content, content_type=download.media, headers=headers | dict(download.headers)
    )


def _documented(row: Endpoint) -> dict[str, Any]:
    """What OpenAPI says of a row; arguments in the path it finds itself."""
    arguments = row.handler.arguments
    names = arguments().fields.keys()
    in_path = {name for name in names if f":{name}>" in row.path}
    elsewhere = None
    if names - in_path:
        nothing: dict[str, Any] = dict.fromkeys(in_path)
        elsewhere = type(arguments.__name__, (arguments,), nothing)
    name = row.handler.__name__
    said: dict[str, Any] = {
        "operation_id": name[0].lower() + name[1:],
        "tags": [row.path.partition("/")[0]],
        "description": f"{row.handler.__doc__} Permission: {row.permission or 'any log-in'}.",
        "responses": {**_answers(row.handler), **_REFUSALS},
    }
    if row.method in _READING:
        return {**said, "parameters": [elsewhere] if elsewhere else []}
    return {**said, "request": elsewhere}


def _answers(handler: type[Handler]) -> dict[Any, Any]:
    status = handler.status.value
    if handler.files:
        return {(status, media): OpenApiTypes.BINARY for media in handler.files}
    return {status: handler.result(many=handler.is_list)}


def _arguments(request: Request) -> dict[str, Any]:
    if request.method in (*_READING, "HEAD"):
        return dict(request.query_params.items())
    if not isinstance(request.data, dict):
        raise ParseError("The body must be a JSON object.")
    return request.data
