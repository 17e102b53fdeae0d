"""What must be remembered of a trading day's orders to understand later messages about them."""

from datetime import date

from capture.domain.number_set import NumberSet
from riskgw.kernel.times import trading_day

ORDERS_MAX = 8_000_000
_NEW = -1


class OrdersOfDay:
    """Accounts of orders, reports already seen, records already counted; empty each trading day.

    `origin` is the PBU or database in whose numbering a reference stands.
    """

    def __init__(self) -> None:
        self.day: date | None = None
        self._clear()

    def turn(self, at_ns: int) -> None:
        """Forget everything when a new trading day has begun."""
        day = trading_day(at_ns)
        if day != self.day:
            self.day = day
            self._clear()

    def _clear(self) -> None:
        self.is_full = False
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
        if len(self._accounts) < ORDERS_MAX:
            self._accounts[origin, reference] = account
        else:
            self.is_full = True

    def account_of(self, origin: str, reference: str) -> str | None:
        return self._accounts.get((origin, reference))

    def remember_cancel(self, origin: str, reference: str, order: str) -> None:
        """A cancel, where its refusal does not say that it was one."""
        if len(self._cancels) < ORDERS_MAX:
            self._cancels[origin, reference] = order
        else:
            self.is_full = True

    def order_to_cancel(self, origin: str, reference: str) -> str | None:
        """The order that a request wanted cancelled, if it was a cancel."""
        return self._cancels.get((origin, reference))

    def is_new_report(self, pbu: str, platform: str, partition: int, index: int) -> bool:
        """Reports are sent again after a reconnect, under the same index of their partition."""
        return self._reports.setdefault((pbu, platform, partition), NumberSet()).add(index)

    def name_platform(self, gateway: str, platform: str) -> None:
        """Reports counted under a gateway's address turn out to be of this platform."""
        for pbu, counted, partition in list(self._reports):
            if counted == gateway:
                numbers = self._reports.pop((pbu, counted, partition))
                self._reports.setdefault((pbu, platform, partition), NumberSet()).join(numbers)

    def is_new_fill(self, origin: str, number: int, side: str) -> bool:
        """Both sides of a trade share its number: IS101, key of cjhb."""
        return self._fills.setdefault((origin, side), NumberSet()).add(number)

    def is_new_confirmation(self, origin: str, number: int) -> bool:
        return self._confirmations.setdefault(origin, NumberSet()).add(number)

    def is_new_record(
        self, origin: str, number: int | None, reference: str, *, is_cancel: bool
    ) -> bool:
        """Whether a row of the order table is an order not counted yet.

        The same record number with another reference is not trustworthy: it is another order.
        """
        key = origin, reference, is_cancel
        if number is None:
            is_new = key not in self._nameless and (origin, reference) not in self._numbers
            self._nameless.add(key)
            return is_new
        self._learn(origin, number, reference)
        first = self._numbers.setdefault((origin, reference), _NEW)
        if first == _NEW:
            self._numbers[origin, reference] = number
            is_known = key in self._nameless  # the same order, now with its number
            self._nameless.discard(key)
            return not is_known
        further = origin, reference, number
        is_new = first != number and further not in self._further_numbers
        if is_new:
            self._further_numbers.add(further)
        return is_new

    def reference_of(self, origin: str, number: int) -> str | None:
        """The order reference behind a record number, unless several claim it."""
        return self._reference_of_record.get((origin, number))

    def _learn(self, origin: str, number: int, reference: str) -> None:
        known = self._reference_of_record.setdefault((origin, number), reference)
        if known != reference:
            self._reference_of_record[origin, number] = None
