"""Whose live orders and positions those of a shard are, told without walking through all of them.

A shard keeps orders by reference and positions by account and contract, as judging asks for them;
whoever looks at one customer asks by account. What came since the last look is sorted here, outside
the way of the orders. Numbers and books are told apart by being the same object.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Any, Generic, NamedTuple, TypeVar

from monitoring.domain.order_states import Key, LiveCount, OrderState
from monitoring.domain.own_book import OwnBook
from monitoring.domain.tracking import Tracker

# Sorted at a time: about 5 ms, in which nobody else can be answered.
PIECE = 20_000

Name = TypeVar("Name")


class LiveKey(NamedTuple):
    """An order that lives: its place among the orders, and what is known of it."""

    key: Key
    state: OrderState


class _Growing(Generic[Name]):
    """The keys that a dict has got since it was last looked at; it only grows, or begins anew."""

    def __init__(self) -> None:
        self._seen = 0
        self._waiting: list[Name] = []

    def take(self, grown: dict[Name, Any], most: int) -> list[Name]:
        """So many of them, in no order."""
        self._waiting += islice(reversed(grown), len(grown) - self._seen)
        self._seen = len(grown)
        taken = self._waiting[-most:]
        del self._waiting[-most:]
        return taken

    def is_shorter(self, grown: dict[Name, Any]) -> bool:
        return len(grown) < self._seen

    @property
    def is_behind(self) -> bool:
        return bool(self._waiting)


class LiveIndex:
    """Of one shard. It lives beside the shard's state and is no part of it."""

    def __init__(self, piece: int = PIECE) -> None:
        self._piece = piece
        self._day: date | None = None
        self._is_anew = False
        self._contracts: dict[str, list[str]] = defaultdict(list)
        self._holdings: _Growing[tuple[str, str]] = _Growing()
        self._forget_day()

    def catch_up(self, tracker: Tracker, day: date | None) -> bool:
        """Sorts a piece of what is new; whether that was all."""
        orders, books = tracker.orders.by_key, tracker.books
        if day != self._day or self._orders.is_shorter(orders) or self._books.is_shorter(books):
            self._forget_day()
            self._day = day
        for key in self._orders.take(orders, self._piece):
            count = orders[key].count
            if count is not None:
                self._keys[count].append(key)
        for place in self._books.take(books, self._piece):
            self._places[books[place]] = place[1]
        for account, contract in self._holdings.take(tracker.positions.by_key, self._piece):
            self._contracts[account].append(contract)
        return not (self._orders.is_behind or self._books.is_behind or self._holdings.is_behind)

    def live_orders(self, tracker: Tracker, exchange: str, account: str) -> list[LiveKey] | None:
        """The account's, in no order; None where all have to be sorted anew first: catch up.

        An answer may come before its order, and a reference may be used again by another account:
        then fewer are found than the account's count says.
        """
        count = tracker.live_count(exchange, account)
        if count is None or not count.orders:
            return []
        found = list(_living(tracker.orders.by_key, self._keys[count], count))
        # What lives no more never lives again.
        self._keys[count] = [each.key for each in found]
        if len(found) != count.orders and not self._is_anew:
            self._forget_day()
            self._is_anew = True
            return None
        self._is_anew = False
        return found

    def contract_of(self, state: OrderState) -> str | None:
        """In which contract an order stands."""
        return None if state.book is None else self._places.get(state.book)

    def contracts_held(self, account: str) -> list[str]:
        """In which contracts an account holds, held or offers something, at any exchange."""
        return sorted(self._contracts.get(account, ()))

    def _forget_day(self) -> None:
        """Positions stay; orders and books end with the day."""
        self._keys: dict[LiveCount, list[Key]] = defaultdict(list)
        self._places: dict[OwnBook, str] = {}
        self._orders: _Growing[Key] = _Growing()
        self._books: _Growing[tuple[str, str]] = _Growing()


def _living(
    orders: Mapping[Key, OrderState], keys: list[Key], count: LiveCount
) -> Iterator[LiveKey]:
    for key in dict.fromkeys(keys):
        state = orders.get(key)
        if state is not None and state.live and state.count is count:
            yield LiveKey(key, state)
