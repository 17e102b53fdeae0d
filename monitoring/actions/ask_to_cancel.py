"""Ask counters to cancel the live orders that a restriction concerns."""

from collections.abc import Sequence

from django.contrib.auth.models import User
from django.db import transaction

from monitoring.actions.release_restriction import AlreadyReleased, restriction_by_number
from monitoring.actions.store_restrictions import note
from monitoring.actions.tell_restriction import tell_restriction
from monitoring.domain.live_orders import LiveOrder
from monitoring.models import RestrictionStep
from monitoring.restriction_queries import ACTIVE, message_of, orders_concerned
from riskgw.kernel.decimals import PRICE_DIGITS, QUANTITY_DIGITS
from riskgw.messages.event import decimal_or_none
from riskgw.messages.restriction import Change


class NotLive(ValueError):
    """Some of the orders named are not live or not concerned; says which."""


def order_line(order: LiveOrder) -> dict[str, object]:
    """The JSON of a live order."""
    return {
        "order_ref": order.order_ref,
        "exchange": order.exchange or None,
        "origin": order.origin or None,
        "account": order.account or None,
        "symbol": order.symbol or None,
        "side": order.side or None,
        "price": decimal_or_none(order.price, PRICE_DIGITS),
        "quantity": decimal_or_none(order.quantity, QUANTITY_DIGITS),
        "live": decimal_or_none(order.live, QUANTITY_DIGITS),
        "counter": order.counter or None,
        "time_ns": order.time_ns,
    }


@transaction.atomic
def ask_to_cancel(
    number: str, by: User, reason: str, refs: Sequence[str] | None
) -> list[dict[str, object]]:
    """The orders the counters are asked to cancel: those named, or all that are live."""
    row = restriction_by_number(number)
    if row.state != ACTIVE:
        raise AlreadyReleased(number)
    restriction = message_of(row)
    live = orders_concerned(restriction)
    wanted = None if refs is None else frozenset(refs)
    if wanted and (missing := wanted.difference(order.order_ref for order in live)):
        raise NotLive(", ".join(sorted(missing)))
    lines = [order_line(each) for each in live if wanted is None or each.order_ref in wanted]
    note(
        row, RestrictionStep.Verb.CANCEL_REQUESTED, reason, by=by,
        details={"order_refs": [line["order_ref"] for line in lines]},
    )  # fmt: skip
    tell_restriction(
        Change.CANCEL_REQUEST, restriction, orders=lines, by=by.get_username(), reason=reason
    )
    return lines
