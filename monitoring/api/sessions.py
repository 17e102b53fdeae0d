"""Sessions: the TCP connections of the order feeds, as the running system last reported them."""

from http import HTTPStatus
from typing import Any

from rest_framework import serializers

from monitoring.api.results import SESSION_STATES, SessionPage
from riskgw.bus.connection import Unreachable, connect_once
from riskgw.bus.live import newest
from riskgw.web.handlers import Answer, Handler
from riskgw.web.problems import Problem


class SessionListArguments(serializers.Serializer[Any]):
    """Filters; all that are given must hold."""

    feed = serializers.CharField(required=False, max_length=40)
    protocol = serializers.CharField(required=False, max_length=20)
    state = serializers.ChoiceField(SESSION_STATES, required=False)


class ListSessions(Handler):
    """The sessions last heard, most recent first; `total` says how many there are."""

    arguments = SessionListArguments
    result = SessionPage

    def answer(self) -> Answer:
        told = _told()
        fitting = [
            row
            for row in told["sessions"]
            if all(row[name] == value for name, value in self.values.items())
        ]
        return self.rendered({"next": None, "results": fitting, "total": told["total"]})


def _told() -> dict[str, Any]:
    try:
        told: dict[str, Any] | None = newest(connect_once(), "sessions")
    except Unreachable:
        detail = "The queue server does not answer."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unreachable", detail) from None
    return told or {"total": 0, "sessions": []}
