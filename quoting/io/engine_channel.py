"""One channel of the engine: withdrawals are written at once, prices when the log has them.

Prices that could not be written yet are replaced by newer ones of the same cell, and dropped when
the cell is withdrawn, so that nothing old is ever written behind a withdrawal. What several quotes
of the book became one message of is answered for together, in their order.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Protocol

from quoting.domain.effects import (
    Entry,
    LastLook,
    PriceAnswered,
    Quote,
    WithdrawAll,
    WithdrawPair,
)
from quoting.domain.engine_settings import ChannelLink, Confirm
from quoting.domain.events import Acknowledged, ChannelDown, ChannelUp, Event, Rejected
from quoting.domain.words import Side
from quoting.io.fix_connection import FixConnection, Stalled
from quoting.wire import channel_messages as words
from quoting.wire.fix.messages import (
    BusinessMessage,
    BusinessReject,
    ExecutionReport,
    MassQuoteAck,
    NewOrderSingle,
    QuoteRequest,
)
from quoting.wire.fix.session import NotLoggedOn
from quoting.wire.fix.steps import LoggedOn, PeerRefused, Received, Refused, Step

logger = logging.getLogger(__name__)

# Messages whose answers are waited for; beyond, the oldest answer is one to its own number alone.
ASKED_MAX = 8_192
# Reports on deals that wait for a session.
OWED_MAX = 1_000
# Identifiers of requests by which one that comes twice is known.
ORDERS_KEPT_MAX = 10_000

Offers = dict[tuple[Side, int], tuple[Entry, int]]


class Unlogged:
    """What may not be written before the decisions that it follows from."""

    def __init__(self) -> None:
        self.offers: dict[str, Offers] = {}
        self.answers: list[BusinessMessage] = []


class Host(Protocol):
    """Whose channel it is. `run` tells this engine's messages from those of an earlier one."""

    run: str
    terms: Mapping[str, words.Terms]
    clock: Callable[[], int]

    def terms_on(self, channel: str) -> Mapping[str, words.Terms]:
        """Of the pairs that this counterparty may ask about."""

    def hear(self, event: Event) -> object:
        """What the counterparty says."""

    def wake(self) -> None:
        """A turn is wanted soon."""


class EngineChannel:
    """One counterparty, in a session or without."""

    def __init__(self, link: ChannelLink, host: Host) -> None:
        self.link = link
        self.connection: FixConnection | None = None
        self.withdrawals_written = 0
        self.acknowledged_ns = 0
        self._host = host
        self._hear = host.hear
        self._wake = host.wake
        self._decided, self._logging = Unlogged(), Unlogged()
        self._waiting: dict[str, Offers] = {}
        self._answers: deque[BusinessMessage] = deque(maxlen=OWED_MAX)
        # When a message was written, and the quotes that it is.
        self._asked: dict[int, tuple[int, tuple[int, ...]]] = {}
        self._confirmed: deque[int] = deque()
        self._unwritten: deque[int] = deque()
        self._orders: dict[str, None] = {}
        self._reports = 0

    @property
    def is_up(self) -> bool:
        return self.connection is not None and self.connection.is_logged_on

    # From the book

    def withdraw(self, effect: Quote | WithdrawPair | WithdrawAll) -> None:
        """At once, before everything that waits."""
        name = words.quote_id(self._host.run, effect.quote, is_withdrawal=True)
        message: BusinessMessage
        if isinstance(effect, WithdrawAll):
            self._drop_offers()
            message = words.withdrawal(name, None)
        elif isinstance(effect, WithdrawPair):
            for offers in self._all_offers():
                offers.pop(effect.pair, None)
            message = words.withdrawal(name, effect.pair)
        else:
            for offers in self._all_offers():
                of_pair = offers.get(effect.pair, {})
                for entry in effect.entries:
                    of_pair.pop((entry.side, entry.level), None)
            terms = self._host.terms[effect.pair]
            message = words.mass_quote(name, effect.pair, effect.entries, terms, self._host.clock())
        is_written = self.connection is not None and self.connection.takes_more
        if self._send(message, urgent=True):
            self.withdrawals_written += is_written
            self._note(effect.quote, (effect.quote,))
            if self.link.confirm is Confirm.WRITE:
                (self._confirmed if is_written else self._unwritten).append(effect.quote)
                self._wake()

    def withdraw_all_blindly(self) -> None:
        """After a fault of ours, when nobody is left to keep count."""
        self._drop_offers()
        name = words.quote_id(self._host.run, 0, is_withdrawal=True)
        self._send(words.withdrawal(name, None), urgent=True)

    def _all_offers(self) -> Iterator[dict[str, Offers]]:
        yield from (self._decided.offers, self._logging.offers, self._waiting)

    def _drop_offers(self) -> None:
        for offers in self._all_offers():
            offers.clear()

    def offer(self, quote: Quote) -> None:
        """Once it is logged, or when the counterparty reads on."""
        offers = self._decided.offers.setdefault(quote.pair, {})
        for entry in quote.entries:
            offers[entry.side, entry.level] = entry, quote.quote
        self._wake()

    def report(self, look: LastLook) -> None:
        self._reports += 1
        name = f"{self._host.run}E{self._reports}"
        report = words.execution_report(look, name, self._host.terms[look.pair])
        self._decided.answers.append(report)
        self._wake()

    def tell_price(self, answered: PriceAnswered) -> None:
        self._reports += 1
        name = f"{self._host.run}S{self._reports}"
        terms = self._host.terms[answered.pair]
        answer = words.price_quote(answered, name, terms, self._host.clock())
        self._decided.answers.append(answer)
        self._wake()

    def _say_in_turn(self, answer: BusinessMessage) -> None:
        """What no decision says: it waits for the log where an answer before it does."""
        for unlogged in (self._decided, self._logging):
            if unlogged.answers:
                unlogged.answers.append(answer)
                return
        self._answers.append(answer)
        self._wake()

    def hand_over(self) -> None:
        """What was decided until now is being logged."""
        self._logging, self._decided = self._decided, Unlogged()

    def logged(self) -> None:
        """What was handed over may be written in the next turn."""
        for pair, offers in self._logging.offers.items():
            self._waiting.setdefault(pair, {}).update(offers)
        self._answers.extend(self._logging.answers)
        self._logging = Unlogged()

    def turn(self) -> None:
        """Write what may be written; hear what is confirmed by having been written."""
        while self._confirmed:
            self._hear(Acknowledged(self.link.name, self._confirmed.popleft()))
        while self._answers and self.is_up:
            if not self._send(self._answers[0]):
                break
            self._answers.popleft()
        while self._waiting and self.connection is not None and self.connection.takes_more:
            pair = next(iter(self._waiting))
            self._write(pair, self._waiting.pop(pair))

    def _write(self, pair: str, offers: Offers) -> None:
        if not offers:
            return
        quotes = tuple(sorted({quote for _, quote in offers.values()}))
        entries = [entry for entry, _ in offers.values()]
        name = words.quote_id(self._host.run, quotes[-1], is_withdrawal=False)
        message = words.mass_quote(name, pair, entries, self._host.terms[pair], self._host.clock())
        if self._send(message):
            self._note(quotes[-1], quotes)
            if self.link.confirm is Confirm.WRITE:
                self._confirmed.extend(quotes)
                self._wake()

    def _send(self, message: BusinessMessage, *, urgent: bool = False) -> bool:
        if self.connection is None:
            return False
        try:
            self.connection.send(message, urgent=urgent)
        except (NotLoggedOn, Stalled):  # its end is on its way
            return False
        return True

    def _note(self, quote: int, quotes: tuple[int, ...]) -> None:
        if len(self._asked) >= ASKED_MAX:
            del self._asked[next(iter(self._asked))]
        self._asked[quote] = self._host.clock(), quotes

    # From the counterparty

    def on_step(self, connection: FixConnection, step: Step) -> None:
        match step:
            case LoggedOn():
                self._logged_on(connection)
            case Received():
                self._received(step)
            case PeerRefused() | Refused():
                logger.warning("channel %s: %s", self.link.name, step)
            case _:
                pass

    def on_closed(self, connection: FixConnection, reason: str) -> None:
        if self.connection is not connection:
            return
        logger.warning("channel %s is down: %s", self.link.name, reason)
        self.connection = None
        self._forget()
        self._hear(ChannelDown(self.link.name))

    def _logged_on(self, connection: FixConnection) -> None:
        logger.info("channel %s is up", self.link.name)
        self.connection = connection
        connection.on_room = self._has_room
        self._forget()
        self._hear(ChannelUp(self.link.name))

    def _forget(self) -> None:
        """A session that ends takes what was not answered with it."""
        self._drop_offers()
        self._asked.clear()
        self._confirmed.clear()
        self._unwritten.clear()
        # A price is none any more; what became of a deal still is to be said.
        self._answers = deque(_reports(self._answers), maxlen=OWED_MAX)
        for unlogged in (self._decided, self._logging):
            unlogged.answers = _reports(unlogged.answers)

    def _has_room(self) -> None:
        self._confirmed.extend(self._unwritten)
        self._unwritten.clear()
        self._wake()

    def _received(self, step: Received) -> None:
        match step.message:
            case MassQuoteAck():
                self._answered(step.message)
            case NewOrderSingle():
                self._order(step.message, is_possibly_double=step.is_possibly_double)
            case QuoteRequest():
                terms = self._host.terms_on(self.link.name)
                for event in words.price_requests(step.message, terms, self.link.comp_id):
                    self._hear(event)
            case BusinessReject():
                logger.warning("channel %s: %s", self.link.name, step.message)
            case _:
                logger.warning("channel %s: %s", self.link.name, type(step.message).__name__)

    def _answered(self, ack: MassQuoteAck) -> None:
        found = words.answer(self._host.run, self.link.name, ack)
        if found is None:
            return
        sent_ns, quotes = self._asked.pop(found.quote, (0, (found.quote,)))
        if sent_ns:
            self.acknowledged_ns = self._host.clock() - sent_ns
        for quote in quotes:
            if isinstance(found, Rejected):
                self._hear(Rejected(self.link.name, quote, found.text))
            else:
                self._hear(Acknowledged(self.link.name, quote))

    def _order(self, order: NewOrderSingle, *, is_possibly_double: bool) -> None:
        is_known = order.order_id in self._orders
        if is_known and is_possibly_double:
            return
        try:
            if is_known:
                raise words.duplicate(order)
            terms = self._host.terms_on(self.link.name)
            event = words.deal_request(order, terms, self.link.comp_id)
        except words.OrderRefused as refused:
            self._reports += 1
            name = f"{self._host.run}E{self._reports}"
            self._say_in_turn(words.refusal(order, name, refused, self._host.clock()))
            return
        if len(self._orders) >= ORDERS_KEPT_MAX:
            del self._orders[next(iter(self._orders))]
        self._orders[order.order_id] = None
        self._hear(event)


def _reports(answers: Iterable[BusinessMessage]) -> list[BusinessMessage]:
    return [each for each in answers if isinstance(each, ExecutionReport)]
