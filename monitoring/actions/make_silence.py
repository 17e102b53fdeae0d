"""Make, extend and end silences; each is announced."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from monitoring.actions.announce_silences import announce_silence, announce_silences, silence_json
from monitoring.domain.silence import SilenceState, Step
from monitoring.models import Silence
from riskgw.bus.announce import announce_on_commit


class SilenceUnknown(LookupError):
    """There is no such silence."""


class SilenceOver(ValueError):
    """It has ended: nothing can be changed any more."""


@transaction.atomic
def make_silence(owner: User, values: Mapping[str, Any]) -> Silence:
    """ValidationError for one that is not allowed, such as one without an end."""
    silence = Silence(owner=owner, **values)
    silence.full_clean()
    silence.save()
    announce_made(silence)
    return silence


def announce_made(silence: Silence) -> None:
    """Pages learn of a planned one too; of one that has begun everybody."""
    message = {"change": "silence", "what": "made", "silence": silence_json(silence)}
    announce_on_commit("alerts", message)
    announce_silences(timezone.now())


@transaction.atomic
def extend_silence(pk: int, ends_at: datetime) -> Silence:
    """Or shorten it. Before its new end it is announced again."""
    silence = _lasting(pk)
    silence.ends_at = ends_at
    silence.told = Step.BEGUN if silence.told else ""
    silence.full_clean()
    silence.save()
    announce_made(silence)
    return silence


@transaction.atomic
def end_silence(pk: int) -> Silence:
    """At once; one that has not begun is over before it begins."""
    silence = _lasting(pk)
    now = timezone.now()
    if silence.starts_at >= now:
        # It keeps a length, as every silence has.
        silence.ends_at, silence.starts_at = now, silence.created_at
    silence.ends_at = now
    silence.told = Step.ENDED
    silence.save()
    announce_silence(silence, Step.ENDED)
    return silence


def _lasting(pk: int) -> Silence:
    silence = Silence.objects.select_for_update(of=("self",)).select_related("owner").filter(pk=pk)
    found = silence.first()
    if found is None:
        raise SilenceUnknown(pk)
    if found.state() is SilenceState.ENDED:
        raise SilenceOver(pk)
    return found
