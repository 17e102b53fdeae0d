"""Close an alert, with the reason."""

from django.contrib.auth.models import User

from monitoring.actions.handle_alert import Gesture, handle_alert
from monitoring.models import Alert


class CommentMissing(ValueError):
    """An alert is closed with a reason only."""


def close_alert(number: str, by: User, comment: str) -> Alert:
    if not comment.strip():
        raise CommentMissing
    return handle_alert(number, Gesture.CLOSE, by, comment.strip())
