"""Comment on an alert, in whatever state it is."""

from django.contrib.auth.models import User
from django.db import transaction

from monitoring.actions.handle_alert import AlertUnknown, CommentMissing
from monitoring.actions.note_alert import note
from monitoring.models import Alert, AlertNote
from monitoring.queries import alert_by_number
from riskgw.bus.announce import announce_on_commit
from riskgw.kernel.times import instant_ns


class TooManyNotes(ValueError):
    """An alert is no place for a conversation without end."""


NOTES_MAX = 1000


@transaction.atomic
def comment_alert(number: str, by: User, comment: str) -> Alert:
    if not comment.strip():
        raise CommentMissing
    alert = alert_by_number(number)
    if alert is None:
        raise AlertUnknown(number)
    if alert.notes.count() >= NOTES_MAX:
        raise TooManyNotes(number)
    written = note(alert, by, AlertNote.Gesture.COMMENT, comment)
    shown = {
        "gesture": written.gesture,
        "author": by.get_username(),
        "text": written.text,
        "at_ns": instant_ns(written.at),
    }
    announce_on_commit("alerts", {"change": "note", "alert": {"id": number}, "note": shown})
    return alert
