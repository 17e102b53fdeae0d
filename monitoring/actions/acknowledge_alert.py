"""Acknowledge an alert: somebody has seen it and looks after it."""

from django.contrib.auth.models import User

from monitoring.actions.handle_alert import Gesture, handle_alert
from monitoring.models import Alert


def acknowledge_alert(number: str, by: User, comment: str = "") -> Alert:
    return handle_alert(number, Gesture.ACKNOWLEDGE, by, comment)
