"""Requests of one pair: answered at once, or by a ticket that a trader decides in time."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from quoting.domain.deal import Asked, check
from quoting.domain.effects import Effect, LastLook, PriceAnswered, TicketOpened
from quoting.domain.events import DealRequested, PriceRequested, TicketAnswered
from quoting.domain.exposure import Exposure
from quoting.domain.rows import Row
from quoting.domain.settings import DealMode, PairSettings
from quoting.domain.words import Reason, Side

TICKETS_MAX = 100
_NEVER = 1 << 62


class Ticket(NamedTuple):
    """What waits for a trader: a deal, or without one a request for a price."""

    asked: Asked | None
    size: int
    until_ns: int
    party: str


class Dealing:
    """Tickets, and the position that deals make. `dealt` is called after each deal."""

    __slots__ = ("_dealt", "_exposure", "_rows", "settings", "tickets")

    def __init__(
        self,
        settings: PairSettings,
        rows: Sequence[Row],
        exposure: Exposure,
        dealt: Callable[[Side], None],
    ) -> None:
        self.settings = settings
        self.tickets: dict[str, Ticket] = {}
        self._rows = rows
        self._exposure = exposure
        self._dealt = dealt

    def price_of(self, side: Side, size: int) -> int | None:
        """What we quote for a size: the first level that is large enough and confirmed, or sent."""
        for row in self._rows:
            cell = row.bid if side is Side.BID else row.ask
            if cell.size >= size and cell.target is not None and cell.publication.may_stand:
                return cell.target
        return None

    def _may_have_seen(self, event: DealRequested) -> bool:
        """Whether a price of ours is confirmed or on its way that is asked for."""
        return any(
            event.price in cell.publication.prices
            for row in self._rows
            for cell in row
            if cell.side is event.side and cell.size >= event.size
        )

    def request(self, event: DealRequested, halted: Reason, out: list[Effect], at_ns: int) -> None:
        now = self.price_of(event.side, event.size)
        then = event.price if self._may_have_seen(event) else now
        asked = Asked(event.deal, event.side, event.price, event.size, at_ns, then, event.party)
        reason = halted or check(asked, now, self.settings.deals.tolerance)
        if not reason and self.settings.deals.mode is DealMode.MANUAL:
            reason = self._open(event.deal, Ticket(asked, event.size, 0, event.party), out, at_ns)
            if not reason:
                return
        self._decide(asked, reason, "", out, at_ns)

    def request_price(
        self, event: PriceRequested, halted: Reason, out: list[Effect], at_ns: int
    ) -> None:
        reason = halted
        if not reason and self.settings.deals.mode is DealMode.MANUAL:
            ticket = Ticket(None, event.size, 0, event.party)
            reason = self._open(event.request, ticket, out, at_ns)
            if not reason:
                return
        bid = ask = None
        if not reason:
            bid, ask = (self.price_of(side, event.size) for side in Side)
            reason = Reason.NOT_QUOTED if bid is None and ask is None else Reason.NONE
        out.append(PriceAnswered(self.settings.pair, event.request, bid, ask, event.size, reason))

    def answer(self, event: TicketAnswered, out: list[Effect], at_ns: int) -> bool:
        """What the trader says; whether there was such a ticket."""
        ticket = self._closed(event.ticket)
        if ticket is None:
            return False
        if ticket.asked is not None:
            reason = Reason.NONE if event.accepts else Reason.BY_TRADER
            self._decide(ticket.asked, reason, event.by, out, at_ns)
        has_price = event.bid is not None or event.ask is not None
        if ticket.asked is None or (has_price and not event.accepts):
            reason = Reason.NONE if has_price else Reason.BY_TRADER
            out.append(
                PriceAnswered(
                    self.settings.pair, event.ticket, event.bid, event.ask, ticket.size,
                    reason, event.by,
                )
            )  # fmt: skip
        return True

    def expire(self, out: list[Effect], at_ns: int, reason: Reason = Reason.TIMED_OUT) -> None:
        """Tickets that nobody answered in time are refused; where quoting stops, all are."""
        for name, ticket in list(self.tickets.items()):
            if at_ns < ticket.until_ns and reason is Reason.TIMED_OUT:
                continue
            self._closed(name)
            if ticket.asked is not None:
                self._decide(ticket.asked, reason, "", out, at_ns)
            else:
                out.append(PriceAnswered(self.settings.pair, name, None, None, ticket.size, reason))

    def next_ns(self) -> int:
        return min((ticket.until_ns for ticket in self.tickets.values()), default=_NEVER)

    def _open(self, name: str, ticket: Ticket, out: list[Effect], at_ns: int) -> Reason:
        if len(self.tickets) >= TICKETS_MAX or name in self.tickets:
            return Reason.TOO_MANY_TICKETS
        asked = ticket.asked
        if asked is not None and self._exposure.single_refusal(asked.side, asked.size):
            return Reason.TOO_LARGE
        until_ns = at_ns + self.settings.deals.ticket_ns
        self.tickets[name] = ticket._replace(until_ns=until_ns)
        self._count_pending()
        out.append(
            TicketOpened(
                self.settings.pair, name, asked.side if asked else None,
                asked.price if asked else None, ticket.size, until_ns, ticket.party,
            )
        )  # fmt: skip
        return Reason.NONE

    def _closed(self, name: str) -> Ticket | None:
        ticket = self.tickets.pop(name, None)
        self._count_pending()
        return ticket

    def _count_pending(self) -> None:
        buying = selling = 0
        for ticket in self.tickets.values():
            if ticket.asked is None:
                continue
            if ticket.asked.side is Side.BID:
                buying += ticket.size
            else:
                selling += ticket.size
        self._exposure.pending = buying, selling

    def _decide(self, asked: Asked, reason: Reason, by: str, out: list[Effect], at_ns: int) -> None:
        if not reason and self._exposure.single_refusal(asked.side, asked.size):
            reason = Reason.TOO_LARGE
        out.append(
            LastLook(
                self.settings.pair, asked.deal, asked.side, asked.size, not reason, reason,
                asked.requested_ns, at_ns, asked.price, asked.price_then,
                self.price_of(asked.side, asked.size), self.settings.deals.tolerance,
                asked.party, by,
            )
        )  # fmt: skip
        if not reason:
            quantity = asked.size if asked.side is Side.BID else -asked.size
            self._exposure.position.deal(quantity, asked.price)
            self._dealt(asked.side)
