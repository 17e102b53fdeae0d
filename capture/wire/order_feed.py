"""Business events of all connections of one order feed: what each message means for orders."""

from collections.abc import Mapping, Sequence

from capture.domain.counters import Counters
from capture.domain.event_numbers import EventNumbers
from capture.domain.orders_of_day import OrdersOfDay
from capture.domain.shanghai import ShanghaiOrders, TableNames
from capture.domain.sighting import Sighting
from capture.domain.szse_orders import SzseOrders
from capture.domain.tdgw_orders import TdgwOrders
from capture.wire.binary_layout import BinaryMessage
from capture.wire.session import Item
from capture.wire.sql_feed import OrderProcedures, SqlFeed
from capture.wire.tap import Batch
from capture.wire.tds.messages import Answer, TransactionEnded, Unanswered
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem


class OrderFeed:
    """Turns batches of messages into events; state lasts a trading day."""

    def __init__(
        self,
        procedures: OrderProcedures | None = None,
        tables: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        """Orders placed by stored procedures, and names of tables, as the settings list them."""
        next_number = EventNumbers()
        self.orders = OrdersOfDay()
        self.counters = Counters()
        self._szse = SzseOrders(self.orders, next_number)
        self._tdgw = TdgwOrders(self.orders, next_number)
        shanghai = ShanghaiOrders(self.orders, next_number)
        self._sql = SqlFeed(shanghai, procedures, TableNames(tables))

    def hear(self, batch: Batch, first: int) -> list[Event | Problem]:
        """Events and problems that a batch adds to those it already carries.

        `first` is the number of its first message.
        """
        self.orders.turn(batch.at_ns)
        outcome: list[Event | Problem] = []
        number = first
        for item in batch.items:
            sighting = Sighting(batch.conn, batch.direction, batch.at_ns, number)
            outcome += self._item(item, batch.protocol, sighting)
            number += not isinstance(item, Problem)
        if self.orders.is_full:
            outcome += self.orders.told_full()
        if not outcome or self.counters.is_empty:
            return outcome
        return self.counters.stamped(outcome)

    def _item(self, item: Item, protocol: str, sighting: Sighting) -> list[Event | Problem]:
        if isinstance(item, BinaryMessage):
            orders = self._tdgw if protocol == "tdgw" else self._szse
            return orders.hear(item.type, item.fields(), sighting)
        if isinstance(item, Answer | Unanswered | TransactionEnded):
            return self._sql.hear(item, sighting)
        return []
