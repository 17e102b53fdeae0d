"""The one error form of HTTP and WebSocket: application/problem+json."""

from collections.abc import Iterator, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404
from rest_framework import exceptions, serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.response import Response

CONTENT_TYPE = "application/problem+json"


class FieldError(NamedTuple):
    """What is wrong with one argument."""

    field: str
    code: str
    detail: str


class Problem(Exception):
    """A request that is refused, and why. `code` is for programs, `detail` for people."""

    def __init__(
        self, status: HTTPStatus, code: str, detail: str = "", errors: Sequence[FieldError] = ()
    ) -> None:
        super().__init__(detail or code)
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors

    def json(self) -> dict[str, Any]:
        return {
            "type": f"urn:riskgw:{self.code}",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": self.detail,
            "errors": [error._asdict() for error in self.errors],
        }


class FieldErrorResult(serializers.Serializer[Any]):
    """What is wrong with one argument."""

    field = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class ProblemResult(serializers.Serializer[Any]):
    """Why a request is refused; `type` is for programs, the rest for people."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField()
    errors = serializers.ListField(child=FieldErrorResult())  # type: ignore[assignment]  # a field like any other


def not_found(detail: str = "") -> Problem:
    return Problem(HTTPStatus.NOT_FOUND, "not_found", detail)


def problem_of(error: Exception) -> Problem | None:
    """The problem an exception stands for; None for an exception of ours."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Http404):
        return not_found()
    if isinstance(error, PermissionDenied):
        return Problem(HTTPStatus.FORBIDDEN, "permission_denied")
    if isinstance(error, RequestDataTooBig):
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return Problem(status, "too_large", "The body is too large.")
    if isinstance(error, exceptions.ValidationError):
        errors = tuple(_field_errors(error.detail))
        return Problem(HTTPStatus.BAD_REQUEST, "invalid", "Some arguments are not valid.", errors)
    if isinstance(error, exceptions.APIException):
        status = HTTPStatus(error.status_code)
        return Problem(status, str(error.get_codes()), str(error.detail))
    return None


def answer_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Django REST framework's hook: every refusal in the one form."""
    problem = problem_of(error)
    if problem is None:
        return None
    headers = {}
    if challenge := getattr(error, "auth_header", None):
        headers["WWW-Authenticate"] = challenge
    return Response(problem.json(), problem.status, headers=headers, content_type=CONTENT_TYPE)


def _field_errors(detail: Any, path: str = "") -> Iterator[FieldError]:
    """A serializer's errors with the path of each field: legs.0.amount."""
    if isinstance(detail, ErrorDetail):
        yield FieldError(path.removesuffix(".non_field_errors"), str(detail.code), str(detail))
    elif isinstance(detail, dict):
        for name, inner in detail.items():
            yield from _field_errors(inner, f"{path}.{name}" if path else str(name))
    else:
        for inner in detail:
            yield from _field_errors(inner, path)
