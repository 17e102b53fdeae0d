"""Release a restriction, or propose it where two persons are needed."""

from typing import Any, NamedTuple

from django.contrib.auth.models import User
from django.db import transaction
from django.utils import timezone

from monitoring.actions.store_restrictions import note
from monitoring.actions.tell_restriction import tell_restriction
from monitoring.domain.restrictions import ReleaseStep, Rights, release_step
from monitoring.models import Restriction, RestrictionStep
from monitoring.restriction_queries import ACTIVE, message_of, restrictions_listed
from riskgw.kernel.times import instant_ns
from riskgw.messages.restriction import Change
from riskgw.queued_sqlite3.turns import ahead

Verb = RestrictionStep.Verb


class RestrictionUnknown(LookupError):
    """No restriction of this id is stored, perhaps not yet: unload takes about a second."""


class NotYours(PermissionError):
    """Its rule keeps the release for risk officers."""


class AlreadyReleased(ValueError):
    """Another has been there first."""


class SecondPersonNeeded(ValueError):
    """Who proposed a release does not confirm it."""


class Released(NamedTuple):
    """The row after it, and whether it is released or only proposed."""

    row: Restriction
    step: ReleaseStep


def restriction_by_number(number: str) -> Restriction:
    row = restrictions_listed().filter(number=number).first()
    if row is None:
        raise RestrictionUnknown(number)
    return row


@ahead()
@transaction.atomic
def release_restriction(number: str, by: User, reason: str, cause: list[Any] | None) -> Released:
    """`cause` are the figures that still stand at or above the level; None if nobody knows."""
    row = restriction_by_number(number)
    if row.state != ACTIVE:
        raise AlreadyReleased(number)
    now = timezone.now()
    rights = Rights(
        trader=by.has_perm("monitoring.release_restriction"),
        risk_officer=by.has_perm("monitoring.release_restriction_of_risk"),
    )
    step = release_step(
        message_of(row), by.get_username(), rights, instant_ns(now), is_cause_left=cause != []
    )
    if step is ReleaseStep.FORBIDDEN:
        raise NotYours(number)
    if step is ReleaseStep.SAME_PERSON:
        raise SecondPersonNeeded(number)
    if step is ReleaseStep.PROPOSE:
        values: dict[str, Any] = {
            "proposed_by": by, "proposed_at": now, "proposal_reason": reason,
        }  # fmt: skip
        verb, change = Verb.PROPOSED, Change.PROPOSED
    else:
        values = {
            "state": Restriction.State.RELEASED, "released_by": by, "released_at": now,
            "release_reason": reason,
        }  # fmt: skip
        verb, change = Verb.RELEASED, Change.RELEASED
    # Whoever decided by a proposal that has changed meanwhile decides again.
    same = Restriction.objects.filter(
        pk=row.pk, state=ACTIVE, proposed_by=row.proposed_by, proposed_at=row.proposed_at
    )
    if same.update(**values) != 1:
        raise AlreadyReleased(number)
    for name, value in values.items():
        setattr(row, name, value)
    note(row, verb, reason, by=by, details={"cause": cause})
    tell_restriction(change, message_of(row))
    return Released(row, step)
