"""Silences: listed, made, extended, ended."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from rest_framework import serializers

from monitoring.actions.make_silence import (
    SilenceOver,
    SilenceUnknown,
    end_silence,
    extend_silence,
    make_silence,
)
from monitoring.api.life_results import SilencePage, SilenceResult
from monitoring.domain.silence import SilenceState
from monitoring.models import Silence
from monitoring.models.choices import LevelChoice
from riskgw.web.fields import MomentField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, page
from riskgw.web.problems import FieldError, Problem, not_found

_UNKNOWN = "There is no such silence."


class MatcherArguments(serializers.Serializer[Any]):
    """What is silenced: all that are given must fit, at least one."""

    rule = serializers.CharField(required=False, max_length=30)
    category = serializers.CharField(required=False, max_length=30)
    level = serializers.ChoiceField(LevelChoice.choices, required=False)
    account = serializers.CharField(required=False, max_length=40)
    group = serializers.CharField(required=False, max_length=40)
    customer = serializers.CharField(required=False, max_length=40)
    counter = serializers.CharField(required=False, max_length=40)
    contract = serializers.CharField(required=False, max_length=60)
    exchange = serializers.CharField(required=False, max_length=12)


class MakeSilenceArguments(MatcherArguments):
    """What, why, and until when; from now on if not said."""

    reason = serializers.CharField(max_length=500)
    starts_at = MomentField(required=False)
    ends_at = MomentField()
    mutes_warnings = serializers.BooleanField(required=False, default=False)


class SilenceArguments(serializers.Serializer[Any]):
    """Which silence."""

    id = serializers.IntegerField()


class ExtendArguments(SilenceArguments):
    """Which silence, and its new end."""

    ends_at = MomentField()


class SilenceListArguments(ListArguments):
    """Which state, and from where in the list."""

    state = serializers.ChoiceField(
        [(each.value, each.value) for each in SilenceState], required=False
    )


class ListSilences(Handler):
    """Silences, the one that ends last first."""

    arguments = SilenceListArguments
    result = SilencePage

    def answer(self) -> Answer:
        found = _in_state(self.values.get("state"))
        order = ("-ends_at", "-pk")
        return self.rendered(page(found, order, self.values.get("cursor")))


class ShowSilence(Handler):
    """One silence."""

    arguments = SilenceArguments
    result = SilenceResult

    def answer(self) -> Answer:
        silence = Silence.objects.select_related("owner").filter(pk=self.values["id"]).first()
        if silence is None:
            raise not_found(_UNKNOWN)
        return self.rendered(silence)


class MakeSilence(Handler):
    """Silence alerts until a time; with a later begin it is a maintenance window."""

    arguments = MakeSilenceArguments
    result = SilenceResult
    status = HTTPStatus.CREATED

    def answer(self) -> Answer:
        return self.rendered(_checked(lambda: make_silence(self.user, self.values)))


class ExtendSilence(Handler):
    """Give a silence another end, which it says again before."""

    arguments = ExtendArguments
    result = SilenceResult

    def answer(self) -> Answer:
        values = self.values
        return self.rendered(_checked(lambda: extend_silence(values["id"], values["ends_at"])))


class EndSilence(Handler):
    """End a silence at once."""

    arguments = SilenceArguments
    result = SilenceResult

    def answer(self) -> Answer:
        return self.rendered(_checked(lambda: end_silence(self.values["id"])))


def _in_state(state: str | None) -> QuerySet[Silence]:
    now = timezone.now()
    found = Silence.objects.select_related("owner")
    match state:
        case SilenceState.PLANNED:
            return found.filter(starts_at__gt=now, ends_at__gt=now)
        case SilenceState.ACTIVE:
            return found.filter(starts_at__lte=now, ends_at__gt=now)
        case SilenceState.ENDED:
            return found.filter(ends_at__lte=now)
        case _:
            return found


def _checked(action: Callable[[], Silence]) -> Silence:
    try:
        return action()
    except SilenceUnknown:
        raise not_found(_UNKNOWN) from None
    except SilenceOver:
        raise Problem(HTTPStatus.CONFLICT, "silence_over", "This silence has ended.") from None
    except ValidationError as fault:
        errors = [
            FieldError("" if name == NON_FIELD_ERRORS else name, "refused", " ".join(texts))
            for name, texts in fault.message_dict.items()
        ]
        detail = "Some arguments are not valid."
        raise Problem(HTTPStatus.BAD_REQUEST, "invalid", detail, errors) from None
