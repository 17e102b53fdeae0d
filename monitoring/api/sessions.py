"""Sessions: the TCP connections of the order feeds, as the running system last reported them."""

from collections.abc import Mapping
from http import HTTPStatus
from operator import itemgetter
from typing import Any

from rest_framework import serializers

from monitoring.api.exports import clock_text
from monitoring.api.results import SESSION_STATES, SessionPage
from riskgw.bus.connection import Unreachable, connect_once
from riskgw.bus.live import newest
from riskgw.web.exports import Column, Export, ExportArguments
from riskgw.web.handlers import Answer, Handler
from riskgw.web.problems import Problem


def _columns(*names: str) -> list[Column]:
    return [Column(name, itemgetter(name)) for name in names]


class SessionFilters(serializers.Serializer[Any]):
    """Filters; all that are given must hold."""

    feed = serializers.CharField(required=False, max_length=40)
    protocol = serializers.CharField(required=False, max_length=20)
    state = serializers.ChoiceField(SESSION_STATES, required=False)


class ListSessions(Handler):
    """The sessions last heard, most recent first; `total` says how many there are."""

    arguments = SessionFilters
    result = SessionPage

    def answer(self) -> Answer:
        told = _told()
        fitting = _fitting(told, self.values)
        return self.rendered({"next": None, "results": fitting, "total": told["total"]})


class SessionExportArguments(ExportArguments, SessionFilters):
    """The filters of the list, and the kind of file."""


class ExportSessions(Export):
    """The sessions last heard as a file, most recent first."""

    arguments = SessionExportArguments
    name = "sessions"
    columns = (
        *_columns("state", "feed", "client", "server", "protocol", "user", "origin"),
        Column("since (UTC+8)", lambda row: clock_text(row["since_ns"])),
        Column("last (UTC+8)", lambda row: clock_text(row["last_ns"])),
        *_columns(
            "messages", "events", "bytes", "gaps", "lost_bytes", "encrypted_bytes", "problems"
        ),
    )

    def rows(self) -> list[dict[str, Any]]:
        return _fitting(_told(), self.values)


def _fitting(told: dict[str, Any], filters: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [
        row
        for row in told["sessions"]
        if all(row[name] == value for name, value in filters.items())
    ]


def _told() -> dict[str, Any]:
    try:
        told: dict[str, Any] | None = newest(connect_once(), "sessions")
    except Unreachable:
        detail = "The queue server does not answer."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unreachable", detail) from None
    return told or {"total": 0, "sessions": []}
