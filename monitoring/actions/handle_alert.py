"""What people do with an alert: from which states, to which, and how others hear of it."""

from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from monitoring.actions.note_alert import note
from monitoring.models import Alert, AlertNote
from monitoring.models.choices import AlertStateChoice
from monitoring.queries import alert_by_number, state_ns
from riskgw.bus.announce import announce_on_commit


class Gesture(StrEnum):
    """What moves an alert from one state to another."""

    ACKNOWLEDGE = "acknowledge"
    CLOSE = "close"
    REOPEN = "reopen"


TRANSITIONS = {
    (AlertStateChoice.OPEN, Gesture.ACKNOWLEDGE): AlertStateChoice.ACKNOWLEDGED,
    (AlertStateChoice.OPEN, Gesture.CLOSE): AlertStateChoice.CLOSED,
    (AlertStateChoice.ACKNOWLEDGED, Gesture.CLOSE): AlertStateChoice.CLOSED,
    (AlertStateChoice.ACKNOWLEDGED, Gesture.REOPEN): AlertStateChoice.OPEN,
    (AlertStateChoice.CLOSED, Gesture.REOPEN): AlertStateChoice.OPEN,
}


class AlertUnknown(LookupError):
    """No alert of this number is stored, perhaps not yet: unload takes about a second."""


class AlreadyHandled(ValueError):
    """Another has been there first."""


class CommentMissing(ValueError):
    """An alert is closed, and opened again, with a reason only."""


@transaction.atomic
def handle_alert(number: str, gesture: Gesture, by: User, comment: str) -> Alert:
    """Of two who do the same at the same time, one changes the row and the other is told.

    Who takes up or closes an alert means its way up too: the lower rows of its episode.
    """
    if not _moved(number, gesture, by, comment):
        if alert_by_number(number) is None:
            raise AlertUnknown(number)
        raise AlreadyHandled(number)
    alert = _announced(number)
    if gesture is not Gesture.REOPEN:
        for lower in _way_up(alert):
            if _moved(lower, gesture, by, comment):
                _announced(lower)
    return alert


def announce_state(alert: Alert) -> None:
    """To all pages, once it is committed."""
    state = {
        "id": alert.number,
        "state": alert.state,
        "by": alert.handled_by.get_username() if alert.handled_by else None,
        "at_ns": state_ns(alert),
        "comment": alert.comment,
        "owner": alert.owner.get_username() if alert.owner else None,
    }
    announce_on_commit("alerts", {"change": "state", "alert": state})


def _moved(number: str, gesture: Gesture, by: User, comment: str) -> bool:
    """Compare and set. Who takes up what nobody owns owns it."""
    for (before, each), after in TRANSITIONS.items():
        if each is not gesture:
            continue
        changed = Alert.objects.filter(number=number, state=before).update(
            state=after, handled_by=by, handled_at=timezone.now(), comment=comment
        )
        if changed:
            if gesture is Gesture.ACKNOWLEDGE:
                Alert.objects.filter(number=number, owner__isnull=True).update(owner=by)
            note(
                Alert.objects.only("pk").get(number=number), by, AlertNote.Gesture(gesture), comment
            )
            return True
    return False


def _way_up(alert: Alert) -> list[str]:
    lower = Alert.objects.filter(episode_id=alert.episode_id, time_ns__lte=alert.time_ns)
    return list(lower.exclude(pk=alert.pk).order_by("pk").values_list("number", flat=True))


def _announced(number: str) -> Alert:
    alert = alert_by_number(number)
    assert alert is not None
    announce_state(alert)
    return alert
