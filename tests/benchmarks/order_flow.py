"""What the two ends of a benchmark's connections say to each other."""

from abc import ABC, abstractmethod
from collections import deque
from random import Random
from typing import Any

from capture.wire.binary_framer import with_checksum
from capture.wire.szse.layouts import LAYOUTS, SZSE_BINARY
from riskgw.wiring.simulation import tds_encoding as tds
from riskgw.wiring.simulation.mirror import Endpoint, TcpConnection
from riskgw.wiring.simulation.szse_link import encode

Written = list[tuple[Endpoint, bytes]]

_ACCOUNTS, _SECURITIES = 2_000, 3_000
# Orders, cancels, confirmations and trades out of a hundred messages.
_ORDERS, _CANCELS, _CONFIRMATIONS = 30, 10, 35
_REQUESTS = _ORDERS + _CANCELS
_OPEN_ORDERS = 64
_WHERE = {"ApplID": b"010", "SecurityIDSource": b"102 ", "Side": b"1", "ClearingFirm": b"01"}
_STYLE = {"OrdType": b"2", "TimeInForce": b"0", "CashMargin": b"1", "Price": 171_100}
_SQL_COLUMNS = (
    "rec_num", "date", "time", "reff", "acc", "stock", "bs", "price", "qty", "status", "owflag",
    "ordrec", "firmid", "branchid",
)  # fmt: skip
_DATABASE = "oiw01"


class Talk(ABC):
    """One connection's two ends."""

    def __init__(self, connection: TcpConnection) -> None:
        self.connection = connection

    @abstractmethod
    def log_on(self) -> Written: ...

    @abstractmethod
    def written(self, now: int, count: int) -> Written:
        """`count` messages, or requests with their answers, at a LocalTimeStamp."""


class SzseOrders(Talk):
    """An order system and a TGW: orders, cancels of them, confirmations, trades."""

    def __init__(self, connection: TcpConnection, pbu: str, random: Random) -> None:
        super().__init__(connection)
        self._random = random
        identity = {**_WHERE, "SubmittingPBUID": pbu.encode(), "OwnerType": 1}
        report = {**identity, "PartitionNo": 1, "ReportingPBUID": pbu.encode()}
        self._order = _Form(100101, {**identity, **_STYLE, "OrderQty": 20_000})
        self._cancel = _Form(190007, {**identity, "OrderQty": 20_000})
        self._confirmation = _Form(200102, {**report, **_STYLE, "ExecType": b"0"})
        self._trade = _Form(200115, {**report, "ExecType": b"F", "LastPx": 171_100, "LastQty": 100})
        self._open: deque[dict[str, Any]] = deque(maxlen=_OPEN_ORDERS)
        self._references = self._reports = 0

    def log_on(self) -> Written:
        ends = (self.connection.client, self.connection.server)
        return [(end, encode(1, HeartBtInt=30, DefaultApplVerID="1.18")) for end in ends]

    def written(self, now: int, count: int) -> Written:
        """One end speaks: an answer that came within the time by which the mirror lets packets
        overtake each other would acknowledge bytes that are still to be seen."""
        if self._random.randrange(100) < _REQUESTS or not self._open:
            return [(self.connection.client, self._request(now)) for _ in range(count)]
        return [(self.connection.server, self._report(now)) for _ in range(count)]

    def confirmed_order(self, now: int) -> Written:
        """An order and its confirmation."""
        self._reports += 1
        order = self._new_order()
        report = {**order, "ReportIndex": self._reports, "TransactTime": now}
        return [
            (self.connection.client, self._order.filled({**order, "TransactTime": now})),
            (self.connection.server, self._confirmation.filled(report)),
        ]

    def _request(self, now: int) -> bytes:
        if self._random.randrange(_REQUESTS) < _ORDERS or not self._open:
            order = self._new_order()
            self._open.append(order)
            return self._order.filled({**order, "TransactTime": now})
        order = self._random.choice(self._open)
        return self._cancel.filled(
            {
                "SecurityID": order["SecurityID"],
                "ClOrdID": self._next_reference(),
                "OrigClOrdID": order["ClOrdID"],
                "TransactTime": now,
            }
        )

    def _report(self, now: int) -> bytes:
        self._reports += 1
        is_confirmation = self._random.randrange(100 - _REQUESTS) < _CONFIRMATIONS
        form = self._confirmation if is_confirmation else self._trade
        order = self._random.choice(self._open)
        return form.filled({**order, "ReportIndex": self._reports, "TransactTime": now})

    def _new_order(self) -> dict[str, Any]:
        return {
            "ClOrdID": self._next_reference(),
            "AccountID": b"%010d  " % self._random.randrange(_ACCOUNTS),
            "SecurityID": b"%06d  " % self._random.randrange(_SECURITIES),
        }

    def _next_reference(self) -> bytes:
        self._references += 1
        return b"A%09d" % self._references


class _Form:
    """A message most of whose fields stay the same."""

    def __init__(self, kind: int, values: dict[str, Any]) -> None:
        layout = LAYOUTS[kind]
        self._header = SZSE_BINARY.header.pack(kind, layout.size)
        self._pack = layout.struct.pack
        self._values = [
            values.get(field.name, b"").ljust(int(field.code[:-1]))
            if field.is_text
            else values.get(field.name, 0)
            for field in layout.fields
        ]
        self._places = {field.name: place for place, field in enumerate(layout.fields)}

    def filled(self, values: dict[str, Any]) -> bytes:
        """The message with these values; those it has no field for are left out."""
        packed = self._values.copy()
        for name, value in values.items():
            if name in self._places:
                packed[self._places[name]] = value
        return with_checksum(self._header + self._pack(*packed))


class SqlOrders(Talk):
    """A client that inserts orders by SQL batch or by sp_executesql, each answered at once."""

    def __init__(self, connection: TcpConnection, *, uses_rpc: bool, first_record: int = 0) -> None:
        super().__init__(connection)
        self._uses_rpc = uses_rpc
        self._records = first_record
        table = f"[{_DATABASE}].[dbo].[ashare_ordwth]"
        self._insert = f"INSERT INTO {table}({','.join(f'[{name}]' for name in _SQL_COLUMNS)})"

    def log_on(self) -> Written:
        hello, login = tds.prelogin(), tds.login7("oms", "bench", _DATABASE)
        return [
            self._up(tds.PRELOGIN, hello),
            self._down(hello),
            self._up(tds.LOGIN7, login),
            self._down(tds.login_acknowledged(_DATABASE)),
        ]

    def written(self, now: int, count: int) -> Written:
        pairs: Written = []
        for _ in range(count):
            self._records += 1
            pairs += (
                self._by_rpc(self._row(now)) if self._uses_rpc else self._by_sql(self._row(now))
            )
        return pairs

    def _by_rpc(self, row: dict[str, Any]) -> Written:
        marks = ",".join(f"@{name}" for name in row)
        call = tds.executesql(f"{self._insert} VALUES ({marks})", row)
        return [self._up(tds.RPC, call), self._down(tds.procedure_done(1))]

    def _by_sql(self, row: dict[str, Any]) -> Written:
        literals = ",".join(_literal(value) for value in row.values())
        batch = tds.sql_batch(f"{self._insert}VALUES({literals});")
        return [self._up(tds.SQL_BATCH, batch), self._down(tds.done(1))]

    def _row(self, now: int) -> dict[str, Any]:
        day, clock = divmod(now // 1000, 1_000_000)
        account = f"A{self._records % _ACCOUNTS:09}"
        values = (
            self._records, str(day), f"{clock:06}", f"{self._records:010}", account,
            f"{600_000 + self._records % _SECURITIES}", "B", "17.110", "200", "R", "LPT",
            "0", None, "01000",
        )  # fmt: skip
        return dict(zip(_SQL_COLUMNS, values, strict=True))

    def _up(self, kind: int, payload: bytes) -> tuple[Endpoint, bytes]:
        return self.connection.client, tds.packets(kind, payload)

    def _down(self, payload: bytes) -> tuple[Endpoint, bytes]:
        return self.connection.server, tds.packets(tds.TABULAR_RESULT, payload)


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    return str(value) if isinstance(value, int) else f"'{value}'"
