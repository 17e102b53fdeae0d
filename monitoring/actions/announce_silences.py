"""Announce silences: when one begins, before it ends, and when it has ended, each once."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext, override

from monitoring.actions.queue_notifications import queue_texts, routes_by_channel
from monitoring.domain.silence import Step, step_at
from monitoring.models import Notification, Silence
from monitoring.models.choices import AlertStateChoice
from monitoring.models.notification import LanguageChoice
from riskgw.bus.announce import announce_on_commit
from riskgw.kernel.times import instant_ns, local_datetime

_ORDER = ("", *Step)


def announce_silences(now: datetime) -> int:
    """How many announcements were made."""
    silences = Silence.objects.filter(~Q(told=Step.ENDED), starts_at__lte=now)
    return sum(_announced(each, now) for each in silences.select_related("owner"))


@transaction.atomic
def _announced(silence: Silence, now: datetime) -> bool:
    """Compare and set: two who look at the same time say it once."""
    step = step_at(silence.starts_at, silence.ends_at, now)
    if step is None or _ORDER.index(step) == _ORDER.index(silence.told):
        return False
    own = Silence.objects.filter(pk=silence.pk, told=silence.told, ends_at=silence.ends_at)
    if not own.update(told=step):
        return False
    announce_silence(silence, step)
    return True


def announce_silence(silence: Silence, step: str) -> None:
    """To every page, and to the channels that want to hear of silences."""
    message = {"change": "silence", "what": step, "silence": silence_json(silence)}
    announce_on_commit("alerts", message)
    channels = [
        channel
        for channel, routes in routes_by_channel().items()
        if any(route.tells_silences for route in routes)
    ]
    queue_texts(channels, Notification.Kind.SILENCE, _texts(silence, step))


def silence_json(silence: Silence) -> dict[str, object]:
    """A silence as pages get it."""
    return {
        "id": silence.pk,
        "matchers": silence.matchers,
        "reason": silence.reason,
        "owner": silence.owner.get_username(),
        "starts_ns": instant_ns(silence.starts_at),
        "ends_ns": instant_ns(silence.ends_at),
        "state": silence.state(),
        "mutes_warnings": silence.mutes_warnings,
        "alerts": silence.alerts.count(),
        "open_alerts": silence.alerts.filter(state=AlertStateChoice.OPEN).count(),
    }


def _texts(silence: Silence, step: str) -> dict[str, str]:
    texts = {}
    for language in LanguageChoice.values:
        with override(language):
            texts[language] = _text(silence, step)
    return texts


def _text(silence: Silence, step: str) -> str:
    """Its subject on the first line."""
    subject = {
        Step.BEGUN: gettext("Silence has begun: %(matchers)s"),
        Step.ENDING: gettext("Silence ends soon: %(matchers)s"),
        Step.ENDED: gettext("Silence has ended: %(matchers)s"),
    }[Step(step)] % {"matchers": silence}
    until = local_datetime(instant_ns(silence.ends_at)).isoformat(sep=" ", timespec="minutes")
    said = gettext("%(owner)s: %(reason)s; until %(until)s (UTC+8)") % {
        "owner": silence.owner.get_username(), "reason": silence.reason, "until": until,
    }  # fmt: skip
    count = silence.alerts.filter(state=AlertStateChoice.OPEN).count()
    still_open = gettext("Alerts it has silenced that are still open: %(count)s")
    return f"{subject}\n{said}\n{still_open % {'count': count}}"
