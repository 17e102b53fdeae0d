"""What people do with an alert: from which states, to which, and how others hear of it."""

from enum import StrEnum

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from monitoring.models import Alert
from monitoring.models.choices import AlertStateChoice
from monitoring.queries import alert_by_number, state_ns
from riskgw.bus.announce import announce_on_commit


class Gesture(StrEnum):
    """What one can do with an alert."""

    ACKNOWLEDGE = "acknowledge"
    CLOSE = "close"


TRANSITIONS = {
    (AlertStateChoice.OPEN, Gesture.ACKNOWLEDGE): AlertStateChoice.ACKNOWLEDGED,
    (AlertStateChoice.OPEN, Gesture.CLOSE): AlertStateChoice.CLOSED,
    (AlertStateChoice.ACKNOWLEDGED, Gesture.CLOSE): AlertStateChoice.CLOSED,
}


class AlertUnknown(LookupError):
    """No alert of this number is stored, perhaps not yet: unload takes about a second."""


class AlreadyHandled(ValueError):
    """Another has been there first."""


@transaction.atomic
def handle_alert(number: str, gesture: Gesture, by: User, comment: str) -> Alert:
    """Of two who do the same at the same time, one changes the row and the other is told."""
    for (before, each), after in TRANSITIONS.items():
        if each is not gesture:
            continue
        changed = Alert.objects.filter(number=number, state=before).update(
            state=after, handled_by=by, handled_at=timezone.now(), comment=comment
        )
        if changed:
            return _announced(number)
    if alert_by_number(number) is None:
        raise AlertUnknown(number)
    raise AlreadyHandled(number)


def _announced(number: str) -> Alert:
    alert = alert_by_number(number)
    assert alert is not None
    state = {
        "id": alert.number,
        "state": alert.state,
        "by": alert.handled_by.get_username() if alert.handled_by else None,
        "at_ns": state_ns(alert),
        "comment": alert.comment,
    }
    announce_on_commit("alerts", {"change": "state", "alert": state})
    return alert
