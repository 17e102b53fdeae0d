"""Restrict somebody by hand."""

import secrets
from collections.abc import Sequence
from typing import NamedTuple

from django.contrib.auth.models import User
from django.db import IntegrityError, transaction

from monitoring.actions.enqueue_webhook import Listener, listeners_to
from monitoring.actions.store_restrictions import new_row, note
from monitoring.actions.tell_restriction import tell_restriction
from monitoring.domain.restrictions import TOPIC
from monitoring.models import Restriction, RestrictionStep
from monitoring.restriction_queries import counters_concerned, message_of, restrictions_listed
from riskgw.messages import restriction as messages
from riskgw.messages.restriction import Act, Change
from riskgw.queued_sqlite3.turns import ahead


class Wish(NamedTuple):
    """Whom, from what, why, and how it ends; with the same id it is the same wish."""

    scope: dict[str, str]
    mask: tuple[Act, ...]
    reason: str
    release: str
    id: str | None = None


class AnotherWish(ValueError):
    """The id was used for something else."""


def restrict(wish: Wish, by: User, at_ns: int) -> Restriction:
    """The restriction, made now or by the same wish before."""
    # Whoever writes holds up all others on SQLite: what only reads is done before.
    counters, listeners = counters_concerned(wish.scope), listeners_to(TOPIC)
    try:
        with ahead(), transaction.atomic():
            return _stored(wish, by, at_ns, counters, listeners)
    except IntegrityError:
        if known := _known(wish):
            return known
        raise


def _known(wish: Wish) -> Restriction | None:
    known = restrictions_listed().filter(number=wish.id).first() if wish.id else None
    if known is not None and not _is_same(message_of(known), wish):
        raise AnotherWish(wish.id)
    return known


def _stored(
    wish: Wish,
    by: User,
    at_ns: int,
    counters: tuple[str, ...] | None,
    listeners: Sequence[Listener],
) -> Restriction:
    made = messages.Restriction(
        id=wish.id or f"hand.{secrets.token_hex(8)}",
        scope=wish.scope,
        mask=wish.mask,
        since_ns=at_ns,
        reason=wish.reason,
        release=wish.release,
        counters=counters,
    )
    row = new_row(made)
    row.created_by = by
    row.save()
    note(row, RestrictionStep.Verb.RESTRICTED, wish.reason, by=by)
    tell_restriction(Change.RESTRICTED, message_of(row), listeners)
    return row


def _is_same(stored: messages.Restriction, wish: Wish) -> bool:
    return (stored.scope, set(stored.mask), stored.reason, stored.release) == (
        wish.scope,
        set(wish.mask),
        wish.reason,
        wish.release,
    )
