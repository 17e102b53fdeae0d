"""What one does with an alert: acknowledge, assign, comment, close, open again; and its notes."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from rest_framework import serializers

from monitoring.actions.acknowledge_alert import acknowledge_alert
from monitoring.actions.assign_alert import CannotOwn, assign_alert, possible_owners
from monitoring.actions.close_alert import close_alert, reopen_alert
from monitoring.actions.comment_alert import TooManyNotes, comment_alert
from monitoring.actions.handle_alert import AlertUnknown, AlreadyHandled, CommentMissing
from monitoring.api.alerts import UNKNOWN, AlertArguments, alert_found
from monitoring.api.life_results import AlertDeliveriesResult, NotePage, OwnerPage
from monitoring.api.results import AlertResult
from monitoring.models import Alert, CustomerWarning
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, Page, page
from riskgw.web.problems import FieldError, Problem, not_found

_COMMENT_SIZE_MAX = 2000
_DELIVERIES_MAX = 500


class AcknowledgeArguments(AlertArguments):
    """Which alert, and what there is to say."""

    comment = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=_COMMENT_SIZE_MAX
    )


class AssignArguments(AcknowledgeArguments):
    """Which alert, and whose it is: the caller's if not said, nobody's if empty."""

    owner = serializers.CharField(required=False, allow_blank=True, max_length=150)


class AlertReasonArguments(AlertArguments):
    """Which alert, and the reason."""

    comment = serializers.CharField(max_length=_COMMENT_SIZE_MAX)


class CloseArguments(AlertReasonArguments):
    """Which alert, and the reason."""


class ReopenArguments(AlertReasonArguments):
    """Which alert, and the reason."""


class CommentArguments(AlertReasonArguments):
    """Which alert, and what there is to say."""


class NoteListArguments(AlertArguments, ListArguments):
    """Which alert, and from where in the list."""


class AcknowledgeAlert(Handler):
    """Say that somebody looks after an alert; who owns none yet owns it then."""

    arguments = AcknowledgeArguments
    result = AlertResult

    def answer(self) -> Answer:
        return self.rendered(_handled(acknowledge_alert, self))


class CloseAlert(Handler):
    """Close an alert, with the reason."""

    arguments = CloseArguments
    result = AlertResult

    def answer(self) -> Answer:
        return self.rendered(_handled(close_alert, self))


class ReopenAlert(Handler):
    """Open a closed alert again, or give back one that was taken up, with the reason."""

    arguments = ReopenArguments
    result = AlertResult

    def answer(self) -> Answer:
        return self.rendered(_handled(reopen_alert, self))


class CommentAlert(Handler):
    """Say something about an alert; its state stays."""

    arguments = CommentArguments
    result = AlertResult

    def answer(self) -> Answer:
        return self.rendered(_handled(comment_alert, self))


class AssignAlert(Handler):
    """Say who looks after an alert; its state stays."""

    arguments = AssignArguments
    result = AlertResult

    def answer(self) -> Answer:
        values = self.values
        owner = values.get("owner")
        try:
            return self.rendered(assign_alert(values["id"], self.user, owner, values["comment"]))
        except AlertUnknown:
            raise not_found(UNKNOWN) from None
        except CannotOwn:
            raise _refused("owner", "Not a user who may handle alerts.") from None


class ListOwners(Handler):
    """Users an alert can be assigned to."""

    result = OwnerPage

    def answer(self) -> Answer:
        return self.rendered(Page(None, list(possible_owners())))


class ListAlertNotes(Handler):
    """What was done with an alert and said of it, the oldest first."""

    arguments = NoteListArguments
    result = NotePage

    def answer(self) -> Answer:
        notes = alert_found(self.values["id"]).notes.select_related("author")
        return self.rendered(page(notes, ("pk",), self.values.get("cursor")))


class ShowAlertDeliveries(Handler):
    """Who was told of an alert, and of whom it was not possible; its escalations and warning."""

    arguments = AlertArguments
    result = AlertDeliveriesResult

    def answer(self) -> Answer:
        alert = alert_found(self.values["id"])
        notifications = alert.notifications.select_related("channel").order_by("pk")
        found: dict[str, Any] = {
            "notifications": notifications[:_DELIVERIES_MAX],
            "escalations": alert.escalations.select_related("step")[:_DELIVERIES_MAX],
            "warning": CustomerWarning.objects.filter(alert=alert)
            .select_related("alert__rule_version__rule", "acknowledged_by")
            .first(),
        }
        return self.rendered(found)


def _handled(action: Callable[..., Alert], handler: Handler) -> Alert:
    try:
        return action(handler.values["id"], handler.user, handler.values["comment"])
    except AlertUnknown:
        raise not_found(UNKNOWN) from None
    except AlreadyHandled:
        detail = "Somebody else has been there first."
        raise Problem(HTTPStatus.CONFLICT, "already_handled", detail) from None
    except CommentMissing:
        raise _refused("comment", "A reason is needed.") from None
    except TooManyNotes:
        raise _refused("comment", "This alert has too many comments.") from None


def _refused(field: str, detail: str) -> Problem:
    errors = [FieldError(field, "refused", detail)]
    return Problem(HTTPStatus.BAD_REQUEST, "invalid", "Some arguments are not valid.", errors)
