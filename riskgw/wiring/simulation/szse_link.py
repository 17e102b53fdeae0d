"""The Binary link of a counter: an order system and its TGW (SZSE Binary 1.32)."""

from zlib import crc32

from capture.wire.binary_framer import with_checksum
from capture.wire.szse.layouts import LAYOUTS, SZSE_BINARY
from riskgw.kernel.times import NS_PER_MS, local_timestamp
from riskgw.kernel.words import EventKind, Side
from riskgw.wiring.simulation.book import SimCancel, SimOrder
from riskgw.wiring.simulation.clock import Clock
from riskgw.wiring.simulation.mirror import Endpoint, TcpConnection
from riskgw.wiring.simulation.reports import Report

PARTITIONS = (1, 2)
PLATFORM = 1
VERSION = "1.18"
_PRICE_FACTOR = 100  # ticks of 0.01 to Price 10**-4
_QUANTITY_FACTOR = 100
_SECURITY_ID_SOURCES = {"SSE": "101", "SZSE": "102"}
_SIDES = {Side.BUY: "1", Side.SELL: "2"}
_EXECUTION_TYPES = {
    EventKind.CONFIRM: ("0", "0"),
    EventKind.CANCELLED: ("4", "4"),
    EventKind.REJECT: ("8", "8"),
}

Value = str | int


def encode(kind: int, **values: Value) -> bytes:
    """A whole message; fields left out are blank or 0."""
    layout = LAYOUTS[kind]
    packed: list[bytes | int] = []
    for field in layout.fields:
        value = values.get(field.name, "" if field.is_text else 0)
        if isinstance(value, str):
            packed.append(value.encode().ljust(int(field.code[:-1])))
        else:
            packed.append(value)
    return _framed(kind, layout.struct.pack(*packed))


def _framed(kind: int, body: bytes) -> bytes:
    return with_checksum(SZSE_BINARY.header.pack(kind, len(body)) + body)


class SzseLink:
    """One connection; `name` becomes the first letter of its order references."""

    def __init__(self, clock: Clock, connection: TcpConnection, name: str, pbu: str) -> None:
        self._clock = clock
        self._connection = connection
        self._name = name
        self._pbu = pbu
        self._orders = 0
        self._indexes = dict.fromkeys(PARTITIONS, 0)
        self._unsent: dict[Endpoint, list[bytes]] = {}
        self.messages = 0

    def log_on(self) -> None:
        ends = {"SenderCompID": f"OMS{self._pbu}", "TargetCompID": f"TGW{self._pbu}"}
        connection = self._connection
        connection.open()
        logon: dict[str, Value] = {"HeartBtInt": 30, "DefaultApplVerID": VERSION}
        self._up(encode(1, **ends, **logon, Password="simulated"))  # noqa: S106  # made-up day
        back = {"SenderCompID": ends["TargetCompID"], "TargetCompID": ends["SenderCompID"]}
        self._down(encode(1, **back, **logon))
        self._down(encode(6, PlatformID=PLATFORM, PlatformState=2))
        partitions = b"".join(number.to_bytes(4, "big") for number in PARTITIONS)
        head = LAYOUTS[9].struct.pack(PLATFORM, len(PARTITIONS))
        self._down(_framed(9, head + partitions))
        (group,) = LAYOUTS[5].groups
        wanted = b"".join(group.struct.pack(number, 1) for number in PARTITIONS)
        self._up(_framed(5, LAYOUTS[5].struct.pack(len(PARTITIONS)) + wanted))

    def log_off(self) -> None:
        for send in (self._up, self._down):
            send(encode(2, SessionStatus=4, Text="end of day"))
        self._clock.after(NS_PER_MS, self._connection.close)

    def heartbeat(self) -> None:
        self._up(encode(3))
        self._down(encode(3))

    def order(self, order: SimOrder, now_ns: int) -> None:
        order.reference = self._next_reference()
        order.ordered_ns = _to_millisecond(now_ns)
        self._up(
            encode(
                100101,
                **self._identity(order),
                TransactTime=local_timestamp(now_ns),
                ClOrdID=order.reference,
                AccountID=order.owner.id if order.owner else "",
                OrdType="2",
                OrderQty=order.quantity * _QUANTITY_FACTOR,
                Price=order.price * _PRICE_FACTOR,
                TimeInForce="0",
                CashMargin="1",
            )
        )

    def cancel(self, cancel: SimCancel, now_ns: int) -> None:
        order = cancel.order
        cancel.reference = self._next_reference()
        cancel.requested_ns = _to_millisecond(now_ns)
        self._up(
            encode(
                190007,
                **self._identity(order),
                TransactTime=local_timestamp(now_ns),
                ClOrdID=cancel.reference,
                OrigClOrdID=order.reference,
                OrderQty=order.quantity * _QUANTITY_FACTOR,
            )
        )

    def report(self, report: Report) -> None:
        order = report.order
        if report.kind is EventKind.FILL:
            order.filled_ns = _to_millisecond(report.at_ns)
            self._down(self._trade(report))
        elif report.kind is EventKind.CANCEL_REJECT:
            self._down(self._cancel_reject(report))
        else:
            if report.kind is EventKind.CANCELLED:
                order.cancelled_ns = _to_millisecond(report.at_ns)
            self._down(self._confirm(report))

    def _confirm(self, report: Report) -> bytes:
        order = report.order
        execution, status = _EXECUTION_TYPES[report.kind]
        is_live = report.kind is EventKind.CONFIRM
        return encode(
            200102,
            **self._identity(order),
            **self._numbered(report),
            ClOrdID=report.cancel.reference if report.cancel else order.reference,
            OrigClOrdID=order.reference if report.cancel else "",
            ExecType=execution,
            OrdStatus=status,
            OrdRejReason=report.reason,
            LeavesQty=order.quantity * _QUANTITY_FACTOR if is_live else 0,
            CumQty=report.filled * _QUANTITY_FACTOR,
            OrdType="2",
            OrderQty=order.quantity * _QUANTITY_FACTOR,
            Price=order.price * _PRICE_FACTOR,
            AccountID=order.owner.id if order.owner else "",
            TimeInForce="0",
            CashMargin="1",
        )

    def _trade(self, report: Report) -> bytes:
        order = report.order
        leaves = order.quantity - report.filled
        return encode(
            200115,
            **self._identity(order),
            **self._numbered(report, f"{report.trade:016}"),
            ClOrdID=order.reference,
            ExecType="F",
            OrdStatus="1" if leaves else "2",
            LastPx=report.price * _PRICE_FACTOR,
            LastQty=report.quantity * _QUANTITY_FACTOR,
            LeavesQty=leaves * _QUANTITY_FACTOR,
            CumQty=report.filled * _QUANTITY_FACTOR,
            AccountID=order.owner.id if order.owner else "",
            CashMargin="1",
        )

    def _cancel_reject(self, report: Report) -> bytes:
        order = report.order
        numbered = self._numbered(report)
        del numbered["ExecID"]
        return encode(
            290008,
            **self._identity(order),
            **numbered,
            ClOrdID=report.cancel.reference if report.cancel else "",
            OrigClOrdID=order.reference,
            OrdStatus="2",
            CxlRejReason=report.reason,
            RejectText="订单已结束",
        )

    def _identity(self, order: SimOrder) -> dict[str, Value]:
        contract = order.contract
        return {
            "ApplID": "010",
            "SubmittingPBUID": self._pbu,
            "SecurityID": contract.symbol,
            "SecurityIDSource": _SECURITY_ID_SOURCES[contract.exchange],
            "OwnerType": 1,
            "ClearingFirm": "01",
            "Side": _SIDES[order.side],
        }

    def _numbered(self, report: Report, execution: str = "") -> dict[str, Value]:
        partition = PARTITIONS[crc32(report.order.contract.symbol.encode()) % len(PARTITIONS)]
        self._indexes[partition] += 1
        index = self._indexes[partition]
        return {
            "PartitionNo": partition,
            "ReportIndex": index,
            "ReportingPBUID": self._pbu,
            "TransactTime": local_timestamp(report.at_ns),
            "OrderID": f"O{report.order.reference}",
            "ExecID": execution or f"{partition}R{index:014}",
        }

    def _next_reference(self) -> str:
        self._orders += 1
        return f"{self._name}{self._orders:09}"

    def _up(self, data: bytes) -> None:
        self._send(self._connection.client, data)

    def _down(self, data: bytes) -> None:
        self._send(self._connection.server, data)

    def _send(self, sender: Endpoint, data: bytes) -> None:
        """What is said at one instant leaves in one write."""
        self.messages += 1
        if sender not in self._unsent:
            self._unsent[sender] = []
            self._clock.at(self._clock.now_ns, lambda: self._flush(sender))
        self._unsent[sender].append(data)

    def _flush(self, sender: Endpoint) -> None:
        self._connection.send(sender, b"".join(self._unsent.pop(sender)))


def _to_millisecond(at_ns: int) -> int:
    """The rule time of a message: its TransactTime has no finer resolution."""
    return at_ns - at_ns % NS_PER_MS
