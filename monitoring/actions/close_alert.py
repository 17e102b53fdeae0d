"""Close an alert, or open one again, with the reason."""

from django.contrib.auth.models import User

from monitoring.actions.handle_alert import CommentMissing, Gesture, handle_alert
from monitoring.models import Alert


def close_alert(number: str, by: User, comment: str) -> Alert:
    return _with_reason(number, Gesture.CLOSE, by, comment)


def reopen_alert(number: str, by: User, comment: str) -> Alert:
    """Also one that somebody has taken up and gives back."""
    return _with_reason(number, Gesture.REOPEN, by, comment)


def _with_reason(number: str, gesture: Gesture, by: User, comment: str) -> Alert:
    if not comment.strip():
        raise CommentMissing
    return handle_alert(number, gesture, by, comment.strip())
