"""A client of the interface database: asks, is answered, and what comes of it is kept."""

from collections.abc import Sequence

from capture.wire.order_feed import OrderFeed
from capture.wire.session import Item
from capture.wire.tap import Batch, Numbering
from capture.wire.tds.session import TdsSession
from riskgw.messages.event import Event
from riskgw.messages.problem import Problem
from tests.capture.wire.tds.dialogue import opening, response
from tests.fakes import AT_NS

COLUMNS = ("rec_num", "reff", "acc", "stock", "bs", "price", "qty", "owflag", "ordrec")
PROCEDURES = {
    "p_ins_order": ["reff", "acc", "stock", "bs", "price", "qty", "owflag", "rec_num:out"]
}


def values(number: int, flag: str = "LPT", order: int = 0) -> tuple[str, ...]:
    return (
        str(number), f"J{number}", "A645078961", "600519", "B", "11.625", "200", flag, str(order)
    )  # fmt: skip


def insert(number: int, name: str = "ordwth", flag: str = "LPT", order: int = 0) -> str:
    literals = ",".join(f"'{value}'" for value in values(number, flag, order))
    return f"INSERT INTO {name}({','.join(COLUMNS)}) VALUES({literals});"


class SqlClient:
    """One connection; `outcome` is all that its turns gave, each turn a nanosecond later."""

    def __init__(
        self, feed: OrderFeed | None = None, *, database: str = "oiw", is_whole: bool = True
    ) -> None:
        self.feed = feed or OrderFeed(PROCEDURES)
        self.session = TdsSession(is_whole=is_whole)
        self.items: list[Item] = []
        self.outcome: list[Event | Problem] = []
        self.at_ns = AT_NS
        self._numbering = Numbering()
        if is_whole:
            for end, data in opening(database=database):
                self.turn(end, data)
        self.items.clear()

    def ask(self, question: bytes, *answer: bytes) -> "SqlClient":
        """A question and the tokens of its answer, if it is answered."""
        self.turn(0, question)
        if answer:
            self.turn(1, response(*answer))
        return self

    def turn(self, end: int, data: bytes) -> None:
        self.at_ns += 1
        self._heard(end, self.session.receive(end, data, self.at_ns))

    def lose(self, end: int) -> "SqlClient":
        """Bytes of one direction were not captured."""
        self._heard(end, self.session.gap(end, 100, self.at_ns))
        return self

    def leave(self, *, is_over: bool = True) -> "SqlClient":
        """The connection ends, or only the capture does."""
        for end in (0, 1):
            self._heard(end, self.session.close(end, is_over=is_over))
        return self

    def events(self) -> list[tuple[str, str | None, str | None]]:
        """Kind, reference and outcome."""
        return [
            (item.event.value, item.order_ref, item.outcome)
            for item in self.outcome
            if isinstance(item, Event)
        ]

    def orders(self) -> list[str | None]:
        return [reference for kind, reference, _ in self.events() if kind in ("order", "cancel")]

    def troubles(self) -> list[str]:
        return [item.kind.value for item in self.outcome if isinstance(item, Problem)]

    def _heard(self, end: int, items: Sequence[Item]) -> None:
        self.items += items
        batch = Batch("1>2", "down" if end else "up", "tds", self.at_ns, items)
        self.outcome += [item for item in items if isinstance(item, Problem)]
        self.outcome += self.feed.hear(batch, self._numbering.first_of(batch))
