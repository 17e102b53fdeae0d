"""The Shanghai link of a counter: its order system as a client of the interface database.

Orders and cancels are rows inserted into ordwth, by SQL batches on one connection and by
sp_executesql on another; confirmations and fills come back as rows of a third one's polling.
"""

from collections import deque
from collections.abc import Callable
from typing import Any, NamedTuple

from riskgw.kernel.times import NS_PER_MS, local_datetime
from riskgw.kernel.words import EventKind, Side
from riskgw.wiring.simulation import tds_encoding as tds
from riskgw.wiring.simulation.book import SimCancel, SimOrder
from riskgw.wiring.simulation.clock import Clock
from riskgw.wiring.simulation.mirror import TcpConnection
from riskgw.wiring.simulation.reports import Report
from riskgw.wiring.simulation.tds_encoding import Column

DATABASE = "oiw01"
ROWS_PER_POLL = 200
_ANSWER_AFTER_NS = 400_000
_NEXT_REQUEST_AFTER_NS = 30_000
_POLL_AFTER_NS = 20 * NS_PER_MS
_SIDES = {Side.BUY: "B", Side.SELL: "S"}
_CONFIRMATION_STATUS = {
    EventKind.CONFIRM: "O",
    EventKind.CANCELLED: "W",
    EventKind.REJECT: "F",
    EventKind.CANCEL_REJECT: "F",
}
_ORDER_COLUMNS = (
    "rec_num", "date", "time", "reff", "acc", "stock", "bs", "price", "qty", "status", "owflag",
    "ordrec", "firmid", "branchid",
)  # fmt: skip
_CONFIRMATION_COLUMNS = [
    Column("rec_num", 0), Column("date", 8), Column("time", 8), Column("reff", 10),
    Column("acc", 10), Column("stock", 6), Column("bs", 1), Column("price", 8), Column("qty", 8),
    Column("status", 1), Column("qty2", 8), Column("remark", 30), Column("status1", 1),
    Column("teordernum", 8), Column("owflag", 3), Column("ordrec", 8), Column("firmid", 5),
    Column("branchid", 5),
]  # fmt: skip
_FILL_COLUMNS = [
    Column("gddm", 10), Column("gdxm", 8), Column("bcrq", 8), Column("cjbh", 0), Column("gsdm", 5),
    Column("cjsl", 10), Column("bcye", 10), Column("zqdm", 6), Column("sbsj", 6),
    Column("cjsj", 6), Column("cjjg", 8), Column("cjje", 12), Column("sqbh", 10), Column("bs", 1),
    Column("mjbh", 5),
]  # fmt: skip
_SEAT, _BRANCH, _SET_NUMBER = "20001", "01000", "1"


class _Asked(NamedTuple):
    """A request that waits for its turn on a connection."""

    kind: int
    payload: bytes
    answer: Callable[[], bytes]
    on_sent: Callable[[int], None]
    on_answered: Callable[[int], None]


class SqlConnection:
    """Asks, waits for the answer, asks again: a TDS client without MARS."""

    def __init__(self, clock: Clock, connection: TcpConnection, host: str) -> None:
        self._clock = clock
        self._connection = connection
        self._host = host
        self._waiting: deque[_Asked] = deque()
        self._is_busy = False
        self.messages = 0

    def log_on(self) -> None:
        self._connection.open()
        self._send_up(tds.PRELOGIN, tds.prelogin())
        self._send_down(tds.prelogin())
        self._send_up(tds.LOGIN7, tds.login7("oms", self._host, DATABASE))
        self._send_down(tds.login_acknowledged(DATABASE))

    def log_off(self) -> None:
        self._connection.close()

    def ask(self, asked: _Asked) -> None:
        self._waiting.append(asked)
        if not self._is_busy:
            self._next()

    def _next(self) -> None:
        if not self._waiting:
            self._is_busy = False
            return
        self._is_busy = True
        asked = self._waiting.popleft()
        asked.on_sent(self._send_up(asked.kind, asked.payload))
        self._clock.after(_ANSWER_AFTER_NS, lambda: self._answer(asked))

    def _answer(self, asked: _Asked) -> None:
        asked.on_answered(self._send_down(asked.answer()))
        self._clock.after(_NEXT_REQUEST_AFTER_NS, self._next)

    def _send_up(self, kind: int, payload: bytes) -> int:
        self.messages += 1
        return self._connection.send(self._connection.client, tds.packets(kind, payload))

    def _send_down(self, payload: bytes) -> int:
        self.messages += 1
        data = tds.packets(tds.TABULAR_RESULT, payload)
        return self._connection.send(self._connection.server, data)


class TdsLink:
    """One counter's link; `into_exchange` is told when the database has taken a row."""

    def __init__(self, clock: Clock, connections: list[TcpConnection]) -> None:
        self._clock = clock
        hosts = ("oms-batch", "oms-rpc", "oms-poll")
        pairs = zip(connections, hosts, strict=True)
        self._connections = [SqlConnection(clock, each, host) for each, host in pairs]
        self._records = 0
        self._confirmations: deque[tuple[list[Any], Report]] = deque()
        self._fills: deque[tuple[list[Any], Report]] = deque()
        self._confirmation_records = 0
        self._is_polling = False

    @property
    def messages(self) -> int:
        return sum(connection.messages for connection in self._connections)

    def log_on(self) -> None:
        for connection in self._connections:
            connection.log_on()

    def log_off(self) -> None:
        for connection in self._connections:
            connection.log_off()

    def heartbeat(self) -> None:
        """The interface has none."""

    def order(self, order: SimOrder, now_ns: int) -> None:
        order.reference, order.record = self._next_reference()

        def on_sent(at_ns: int) -> None:
            order.ordered_ns = at_ns

        self._insert(order, self._row(order, order.reference, order.record, now_ns), on_sent)

    def cancel(self, cancel: SimCancel, now_ns: int) -> None:
        order = cancel.order
        cancel.reference, cancel.record = self._next_reference()
        row = self._row(order, cancel.reference, cancel.record, now_ns)
        row |= {"owflag": "WTH", "ordrec": str(order.record)}

        def on_sent(at_ns: int) -> None:
            cancel.requested_ns = at_ns

        self._insert(order, row, on_sent)

    def report(self, report: Report) -> None:
        """The exchange's row is in the database; the next poll will find it."""
        if report.kind is EventKind.FILL:
            self._fills.append((self._fill(report), report))
        else:
            self._confirmations.append((self._confirmation(report), report))
        if not self._is_polling:
            self._is_polling = True
            self._clock.after(_POLL_AFTER_NS, self._poll)

    def _insert(self, order: SimOrder, row: dict[str, Any], on_sent: Callable[[int], None]) -> None:
        """Half of the accounts trade over the connection that sends SQL batches."""
        assert order.owner is not None
        uses_rpc = int(order.owner.id[-1]) % 2
        table = f"[{DATABASE}].[dbo].[ashare_ordwth]"
        names = ",".join(f"[{name}]" for name in _ORDER_COLUMNS)
        if uses_rpc:
            marks = ",".join(f"@{name}" for name in _ORDER_COLUMNS)
            payload = tds.executesql(f"INSERT INTO {table}({names}) VALUES ({marks})", row)
            kind, answer = tds.RPC, tds.procedure_done(1)
        else:
            literals = ",".join(_literal(row[name]) for name in _ORDER_COLUMNS)
            payload = tds.sql_batch(f"INSERT INTO {table}({names})VALUES({literals});")
            kind, answer = tds.SQL_BATCH, tds.done(1)
        asked = _Asked(kind, payload, lambda: answer, on_sent, lambda at_ns: None)
        self._connections[uses_rpc].ask(asked)

    def _poll(self) -> None:
        """Read new confirmations, then new fills, and mark the confirmations as read."""
        if self._confirmations:
            sql = (
                f"select top {ROWS_PER_POLL} * from {DATABASE}..ashare_ordwth2 "
                "where status1 not in ('A','X','Y','F')"
            )
            self._select(sql, _CONFIRMATION_COLUMNS, self._confirmations)
        elif self._fills:
            sql = f"select top {ROWS_PER_POLL} * from {DATABASE}..ashare_cjhb where xh > 0"
            self._select(sql, _FILL_COLUMNS, self._fills)
        else:
            self._is_polling = False

    def _select(
        self, sql: str, columns: list[Column], source: deque[tuple[list[Any], Report]]
    ) -> None:
        taken: list[tuple[list[Any], Report]] = []

        def answer() -> bytes:
            while source and len(taken) < ROWS_PER_POLL:
                taken.append(source.popleft())
            return tds.result_set(columns, [row for row, _ in taken])

        def on_answered(at_ns: int) -> None:
            for _, report in taken:
                _mark_seen(report, at_ns)
            self._clock.after(_NEXT_REQUEST_AFTER_NS, self._poll)

        asked = _Asked(tds.SQL_BATCH, tds.sql_batch(sql), answer, lambda at_ns: None, on_answered)
        self._connections[2].ask(asked)

    def _row(self, order: SimOrder, reference: str, record: int, now_ns: int) -> dict[str, Any]:
        local = local_datetime(now_ns)
        assert order.owner is not None
        return {
            "rec_num": record,
            "date": f"{local:%Y%m%d}",
            "time": f"{local:%H:%M:%S}",
            "reff": reference,
            "acc": order.owner.id,
            "stock": order.contract.symbol,
            "bs": _SIDES[order.side],
            "price": _price_text(order.price),
            "qty": str(order.quantity),
            "status": "R",
            "owflag": "LPT",
            "ordrec": "0",
            "firmid": None,
            "branchid": _BRANCH,
        }

    def _confirmation(self, report: Report) -> list[Any]:
        order = report.order
        self._confirmation_records += 1
        is_cancel = report.cancel is not None
        reference = report.cancel.reference if report.cancel else order.reference
        row = self._row(order, reference, 0, report.at_ns)
        return [
            self._confirmation_records,
            *(row[name] for name in ("date", "time", "reff", "acc", "stock", "bs", "price", "qty")),
            _CONFIRMATION_STATUS[report.kind],
            str(report.quantity) if report.kind is EventKind.CANCELLED else None,
            str(report.reason) if report.reason else "",
            "R",
            str(self._confirmation_records),
            "WTH" if is_cancel else "LPT",
            str(order.record) if is_cancel else "0",
            None,
            _BRANCH,
        ]

    def _fill(self, report: Report) -> list[Any]:
        order = report.order
        local = local_datetime(report.at_ns)
        assert order.owner is not None
        clock = f"{local:%H%M%S}"
        return [
            order.owner.id,
            _SET_NUMBER,
            f"{local:%Y%m%d}",
            report.trade,
            _SEAT,
            str(report.quantity),
            f"{report.trade:010}",
            order.contract.symbol,
            clock,
            clock,
            _price_text(report.price),
            _amount_text(report.price * report.quantity),
            order.reference,
            _SIDES[order.side],
            None,
        ]

    def _next_reference(self) -> tuple[str, int]:
        self._records += 1
        return f"{self._records:010}", self._records


def _mark_seen(report: Report, at_ns: int) -> None:
    """These events go by the time their row was captured."""
    if report.kind is EventKind.CANCELLED:
        report.order.cancelled_ns = at_ns
    elif report.kind is EventKind.FILL:
        report.order.filled_ns = at_ns


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else f"'{value}'"


def _price_text(ticks: int) -> str:
    return f"{ticks // 100}.{ticks % 100:02}0"


def _amount_text(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"
