"""Last look: whether a request to deal is accepted (FX Global Code, principle 17).

Validity and price alone, at once: no time is taken beyond the check, and the price may have moved
by the same number of ticks for us as against us.
"""

from typing import NamedTuple

from quoting.domain.words import Reason, Side


class Asked(NamedTuple):
    """A request as it came; `price_then` is what we quoted for the size at that moment."""

    deal: str
    side: Side
    price: int
    size: int
    requested_ns: int
    price_then: int | None
    party: str = ""


def check(asked: Asked, price_now: int | None, tolerance: int) -> Reason:
    """Why it is not accepted; `NONE` if it is."""
    if asked.size <= 0 or asked.price <= 0:
        return Reason.PRICE_NOT_OURS
    if price_now is None:
        return Reason.NOT_QUOTED
    if abs(price_now - asked.price) <= tolerance:
        return Reason.NONE
    moved = asked.price_then is not None and abs(asked.price_then - asked.price) <= tolerance
    return Reason.PRICE_MOVED if moved else Reason.PRICE_NOT_OURS
