"""What must be remembered of a trading day's orders to understand later messages about them."""

from collections.abc import Sized
from datetime import date
from typing import TypeVar

from capture.domain.number_set import NumberSet
from riskgw.kernel.times import trading_day
from riskgw.messages.problem import Problem, ProblemKind

# Of each thing that is remembered.
ORDERS_MAX = 8_000_000
_KeyT = TypeVar("_KeyT")


class OrdersOfDay:
    """Accounts of orders, reports already seen, records already counted; empty each trading day.

    `origin` is the PBU or database in whose numbering a reference stands. What does not fit any
    more is taken as new, and that is said.
    """

    def __init__(self, limit: int = ORDERS_MAX) -> None:
        self.day: date | None = None
        self._limit = limit
        self._clear()

    def turn(self, at_ns: int) -> None:
        """Forget everything when a new trading day has begun."""
        day = trading_day(at_ns)
        if day != self.day:
            self.day = day
            self._clear()

    def _clear(self) -> None:
        self.is_full = self._is_told = False
        self._accounts: dict[tuple[str, str], str] = {}
        # A cancel's reference to that of the order it is to cancel.
        self._cancels: dict[tuple[str, str], str] = {}
        self._reports: dict[tuple[str, str, int], NumberSet] = {}
        self._fills: dict[tuple[str, str], NumberSet] = {}
        self._confirmations: dict[str, NumberSet] = {}
        self._nameless: set[tuple[str, str, bool]] = set()
        self._numbers: dict[tuple[str, str], int] = {}
        self._further_numbers: set[tuple[str, str, int]] = set()
        self._reference_of_record: dict[tuple[str, int], str | None] = {}

    def remember(self, origin: str, reference: str, account: str) -> None:
        """An order, or a cancel that answers will be about, and its account."""
        if self._has_room(self._accounts):
            self._accounts[origin, reference] = account

    def account_of(self, origin: str, reference: str) -> str | None:
        return self._accounts.get((origin, reference))

    def remember_cancel(self, origin: str, reference: str, order: str) -> None:
        """A cancel, where its refusal does not say that it was one."""
        if self._has_room(self._cancels):
            self._cancels[origin, reference] = order

    def order_to_cancel(self, origin: str, reference: str) -> str | None:
        """The order that a request wanted cancelled, if it was a cancel."""
        return self._cancels.get((origin, reference))

    def is_new_report(self, pbu: str, platform: str, partition: int, index: int) -> bool:
        """Reports are sent again after a reconnect, under the same index of their partition."""
        return self._is_new_number(self._reports, (pbu, platform, partition), index)

    def name_platform(self, gateway: str, platform: str) -> None:
        """Reports counted under a gateway's address turn out to be of this platform."""
        for pbu, counted, partition in list(self._reports):
            if counted == gateway:
                numbers = self._reports.pop((pbu, counted, partition))
                self._reports.setdefault((pbu, platform, partition), NumberSet()).join(numbers)

    def is_new_fill(self, origin: str, number: int, side: str) -> bool:
        """Both sides of a trade share its number: IS101, key of cjhb."""
        return self._is_new_number(self._fills, (origin, side), number)

    def is_new_confirmation(self, origin: str, number: int) -> bool:
        return self._is_new_number(self._confirmations, origin, number)

    def is_new_record(
        self, origin: str, number: int | None, reference: str, *, is_cancel: bool
    ) -> bool:
        """Whether a row of the order table is an order not counted yet.

        The same record number with another reference is not trustworthy: it is another order.
        """
        key, name = (origin, reference, is_cancel), (origin, reference)
        if number is None:
            is_new = key not in self._nameless and name not in self._numbers
            if is_new and self._has_room(self._nameless):
                self._nameless.add(key)
            return is_new
        self._learn(origin, number, reference)
        first = self._numbers.get(name)
        if first is None:
            if self._has_room(self._numbers):
                self._numbers[name] = number
            is_known = key in self._nameless  # the same order, now with its number
            self._nameless.discard(key)
            return not is_known
        further = origin, reference, number
        is_new = first != number and further not in self._further_numbers
        if is_new and self._has_room(self._further_numbers):
            self._further_numbers.add(further)
        return is_new

    def reference_of(self, origin: str, number: int) -> str | None:
        """The order reference behind a record number, unless several claim it."""
        return self._reference_of_record.get((origin, number))

    def _learn(self, origin: str, number: int, reference: str) -> None:
        key = origin, number
        if key not in self._reference_of_record:
            if self._has_room(self._reference_of_record):
                self._reference_of_record[key] = reference
        elif self._reference_of_record[key] != reference:
            self._reference_of_record[key] = None

    def told_full(self) -> list[Problem]:
        """Said once a trading day, if more came than is remembered."""
        if not self.is_full or self._is_told:
            return []
        self._is_told = True
        detail = "more orders and reports today than are remembered: repetitions may count again"
        return [Problem(ProblemKind.LIMIT, detail)]

    def _has_room(self, kept: Sized) -> bool:
        if len(kept) < self._limit:
            return True
        self.is_full = True
        return False

    def _is_new_number(self, series: dict[_KeyT, NumberSet], key: _KeyT, number: int) -> bool:
        numbers = series.get(key)
        if numbers is None:
            numbers = NumberSet()
            if self._has_room(series):
                series[key] = numbers
        is_new = numbers.add(number)
        if numbers.is_full:
            self.is_full = True
        return is_new
