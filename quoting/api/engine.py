"""What the engine is asked by handlers, and what its refusals are to callers."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, TypeVar

from django.conf import settings
from django.utils.translation import gettext
from rest_framework import serializers

from quoting.desk_link import EngineAway, EngineLink, NotUnderstood
from quoting.domain.effects import Refused
from quoting.models.choices import reason_text
from quoting.wire.desk import Done, Gestures, Questions
from riskgw.web.problems import FieldError, Problem

Data = TypeVar("Data")

PAIR_MAX, NAME_MAX = 15, 80
TICKS_MAX = 1 << 53


class PairArguments(serializers.Serializer[Any]):
    """Which pair."""

    pair = serializers.CharField(max_length=PAIR_MAX)


class RefusedResult(serializers.Serializer[Any]):
    """A gesture had no effect on a cell, and why; `text` is for people."""

    pair = serializers.CharField()
    gesture = serializers.CharField()
    reason = serializers.CharField()
    text = serializers.SerializerMethodField()
    side = serializers.CharField(allow_null=True)
    level = serializers.IntegerField(allow_null=True)
    value = serializers.IntegerField(allow_null=True)
    limit = serializers.IntegerField(allow_null=True)

    def get_text(self, refused: Refused) -> str:
        return reason_text(refused.reason.value)


class OpenedResult(serializers.Serializer[Any]):
    """A cell whose price may be typed; `publishes`: Enter will publish it."""

    pair = serializers.CharField()
    side = serializers.CharField()
    level = serializers.IntegerField()
    price = serializers.IntegerField(allow_null=True)
    publishes = serializers.BooleanField()


class WithdrawnResult(serializers.Serializer[Any]):
    """What was withdrawn on a channel: messages written, 0 where it is down."""

    channel = serializers.CharField()
    is_up = serializers.BooleanField()
    messages = serializers.IntegerField()


class DoneResult(serializers.Serializer[Any]):
    """What became of a gesture; by then what it withdraws is written to the channels."""

    refused = RefusedResult(many=True)
    opened = OpenedResult(many=True)
    withdrawn = WithdrawnResult(many=True)
    took_ns = serializers.IntegerField()


def told(gesture: Gestures) -> Done:
    """What became of it; a refusal of one cell, or of the pair as a whole, is a problem."""
    done = reached(lambda link: link.do(gesture))
    is_single = getattr(gesture, "side", None) is not None and (
        getattr(gesture, "level", None) is not None
    )
    for refused in done.refused:
        if is_single or refused.side is None or refused.level is None:
            raise refusal(refused)
    return done


def asked(question: Questions, kind: type[Data]) -> Data:
    return reached(lambda link: link.ask(question, kind))


def reached(work: Callable[[EngineLink], Data]) -> Data:
    try:
        return work(EngineLink(settings.ENGINE_SOCKET))
    except EngineAway:
        detail = gettext("The quote engine is not running.")
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "engine_away", detail) from None
    except NotUnderstood as error:
        code, detail = (*error.args, "")[:2]
        is_unknown = str(code).startswith("unknown")
        status = HTTPStatus.NOT_FOUND if is_unknown else HTTPStatus.CONFLICT
        text = reason_text(str(code)) if is_unknown else str(detail)
        raise Problem(status, str(code), text) from None


def refusal(refused: Refused) -> Problem:
    """Its reason as the code; the numbers, if there are any, as errors of their own."""
    reason = refused.reason.value or "refused"
    numbers = {"value": refused.value, "limit": refused.limit}
    errors = [
        FieldError(name, reason, str(number))
        for name, number in numbers.items()
        if number is not None
    ]
    return Problem(HTTPStatus.CONFLICT, reason, reason_text(reason), errors)
