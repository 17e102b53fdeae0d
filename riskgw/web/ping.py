"""Whether the site answers: over the socket with the time, over HTTP to anybody."""

import time
from typing import Any

from django.http import HttpRequest, JsonResponse
from rest_framework import serializers

from riskgw.web.handlers import Answer, Handler


class PingResult(serializers.Serializer[Any]):
    """The server's clock."""

    at_ns = serializers.IntegerField()


class Ping(Handler):
    """Tells the server's time."""

    result = PingResult

    def answer(self) -> Answer:
        return self.rendered({"at_ns": time.time_ns()})


def healthz(request: HttpRequest) -> JsonResponse:
    """This process answers; says no more than that."""
    return JsonResponse({"status": "ok"})
