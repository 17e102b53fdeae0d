"""Assign an alert: who looks after it; its state stays as it is."""

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from monitoring.actions.handle_alert import AlertUnknown, announce_state
from monitoring.models import Alert, AlertNote
from monitoring.queries import alert_by_number

PERMISSION = "monitoring.change_alert"


class CannotOwn(ValueError):
    """There is no such user, or one who may not handle alerts."""


def possible_owners() -> QuerySet[User]:
    """Users who may handle alerts."""
    return User.objects.with_perm(
        PERMISSION, include_superusers=True, backend="django.contrib.auth.backends.ModelBackend"
    ).order_by("username")


@transaction.atomic
def assign_alert(number: str, by: User, owner: str | None, comment: str = "") -> Alert:
    """To a user by name, by default to who asks; empty takes it from whoever had it."""
    user = by if owner is None else _user(owner)
    if not Alert.objects.filter(number=number).update(owner=user):
        raise AlertUnknown(number)
    alert = alert_by_number(number)
    assert alert is not None
    AlertNote.objects.create(
        alert=alert,
        author=by,
        gesture=AlertNote.Gesture.ASSIGN,
        text=comment.strip(),
        owner=user.get_username() if user else "",
    )
    announce_state(alert)
    return alert


def _user(name: str) -> User | None:
    if not name:
        return None
    user = possible_owners().filter(username=name).first()
    if user is None:
        raise CannotOwn(name)
    return user
