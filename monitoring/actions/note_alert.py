"""Write down what somebody did with an alert, or said of it."""

from django.contrib.auth.models import User

from monitoring.models import Alert, AlertNote


def note(alert: Alert, author: User, gesture: AlertNote.Gesture, text: str = "") -> AlertNote:
    """In order, and never changed."""
    return AlertNote.objects.create(alert=alert, author=author, gesture=gesture, text=text.strip())
