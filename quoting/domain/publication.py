"""What the channel has of one cell: confirmed, on its way, or unknown.

1. What is sent is in flight until its quote is acknowledged; a session keeps the order, so that an
   acknowledged quote answers for all that went before it.
2. Nothing counts as live that was not confirmed. Without an answer in time it is unknown, and what
   should be is sent again.
3. A refused quote is not offered again before something about it changes; what stands of the cell
   is withdrawn, as the channel does not say whether the price before still stands.
4. When the link is gone everything is unknown until a withdrawal of all has been sent.
"""

from enum import StrEnum

import msgspec

# Beyond, the oldest is forgotten, and its answer says nothing any more.
FLIGHT_MAX = 256

Offer = tuple[int, int] | None  # price and size, or nothing


class Standing(StrEnum):
    """What can be said of the counterparty's view of a cell."""

    NONE = "none"
    PENDING = "pending"
    LIVE = "live"
    WITHDRAWING = "withdrawing"
    UNKNOWN = "unknown"


class Sent(msgspec.Struct, frozen=True, array_like=True):
    """One message about the cell that is on its way."""

    quote: int
    offer: Offer
    at_ns: int


class Publication(msgspec.Struct, eq=False):
    """The channel's side of one cell. `refused`: an offer it did not take."""

    confirmed: Offer = None
    flight: list[Sent] = []
    is_unknown: bool = False
    refused: Offer = None
    is_stuck: bool = False
    sent_ns: int = 0

    @property
    def newest(self) -> Offer:
        """What the counterparty has once it has worked through what was sent."""
        return self.flight[-1].offer if self.flight else self.confirmed

    @property
    def standing(self) -> Standing:
        if self.is_unknown:
            return Standing.UNKNOWN
        if not self.flight:
            return Standing.LIVE if self.confirmed else Standing.NONE
        return Standing.PENDING if self.flight[-1].offer else Standing.WITHDRAWING

    @property
    def may_stand(self) -> bool:
        """Whether the counterparty may have any price of the cell."""
        return (
            self.is_unknown
            or self.confirmed is not None
            or any(sent.offer is not None for sent in self.flight)
        )

    @property
    def prices(self) -> list[int]:
        """Those that the counterparty has or may have."""
        prices = [sent.offer[0] for sent in self.flight if sent.offer]
        return [*prices, self.confirmed[0]] if self.confirmed else prices

    @property
    def size_at_most(self) -> int:
        """The largest size that the counterparty may have."""
        sizes = [sent.offer[1] for sent in self.flight if sent.offer]
        if self.confirmed:
            sizes.append(self.confirmed[1])
        return max(sizes, default=0)

    def send(self, quote: int, offer: Offer, at_ns: int) -> None:
        if len(self.flight) >= FLIGHT_MAX:
            del self.flight[0]
        self.flight.append(Sent(quote, offer, at_ns))
        self.sent_ns = at_ns

    def acknowledge(self, quote: int) -> bool:
        """Whether it was about something in flight."""
        at = self._place(quote)
        if at is None:
            return False
        self.confirmed = self.flight[at].offer
        del self.flight[: at + 1]
        self.is_unknown = False
        self.is_stuck = False
        return True

    def reject(self, quote: int) -> bool:
        """Of what was sent before nothing is known any more; what was sent after is on its way."""
        at = self._place(quote)
        if at is None:
            return False
        offer = self.flight[at].offer
        del self.flight[: at + 1]
        if offer is None:
            self.is_stuck = True
            self.is_unknown = True
        else:
            self.refused = offer
            # It may still have what was confirmed: a withdrawal follows, which says so.
            self.is_unknown = self.is_unknown or not self.flight
        return True

    def lose(self) -> None:
        """The link is gone."""
        if self.may_stand or self.flight:
            self.is_unknown = True

    def begin_anew(self, quote: int, at_ns: int) -> None:
        """A withdrawal of all leads a new session; what the old one carried is not answered."""
        self.flight.clear()
        self.refused = None
        self.send(quote, None, at_ns)

    def waits_too_long(self, confirm_ns: int, at_ns: int) -> bool:
        """Whether it is time to send again what should be; an old question makes it unknown."""
        if self.flight and at_ns - self.flight[0].at_ns >= confirm_ns:
            self.is_unknown = True
        return self.is_unknown and at_ns - self.sent_ns >= confirm_ns

    def next_ns(self, confirm_ns: int) -> int | None:
        """When its answers will be too late."""
        if self.is_unknown:
            return self.sent_ns + confirm_ns
        return self.flight[0].at_ns + confirm_ns if self.flight else None

    def _place(self, quote: int) -> int | None:
        for at, sent in enumerate(self.flight):
            if sent.quote == quote:
                return at
        return None
