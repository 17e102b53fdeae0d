"""An order system and a TDGW simulator that talk over TCP and write down what they said.

The layouts are written here once more, from IS122 0.57, so that they do not agree with the
decoder's by construction.
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from riskgw.kernel.times import NS_PER_MS
from tests.fakes import AT_NS

LAYOUTS = {
    40: "SenderCompID c32 TargetCompID c32 HeartBtInt u16 PrtclVersion c8 TradeDate u32 QSize u32",
    41: "SessionStatus u32 Text c64",
    33: "",
    58: "BizID u32 BizPbu c8 ClOrdID c10 SecurityID c12 Account c13 OwnerType u8 Side c1 Price i64"
    " OrderQty i64 OrdType c1 TimeInForce c1 TransactTime u64 CreditTag c2 ClearingFirm c8"
    " BranchID c8 UserInfo c32",
    61: "BizID u32 BizPbu c8 ClOrdID c10 SecurityID c12 Account c13 OwnerType u8 Side c1"
    " OrigClOrdID c10 TransactTime u64 BranchID c8 UserInfo c32",
    32: "Pbu c8 SetID u32 ReportIndex u64 BizID u32 ExecType c1 BizPbu c8 ClOrdID c10"
    " SecurityID c12 Account c13 OwnerType u8 Side c1 Price i64 OrderQty i64 LeavesQty i64"
    " CxlQty i64 OrdType c1 TimeInForce c1 OrdStatus c1 CreditTag c2 OrigClOrdID c10"
    " ClearingFirm c8 BranchID c8 OrdRejReason u32 OrdCnfmID c16 OrigOrdCnfmID c16 TradeDate u32"
    " TransactTime u64 UserInfo c32",
    59: "Pbu c8 SetID u32 ReportIndex u64 BizID u32 BizPbu c8 ClOrdID c10 SecurityID c12"
    " OrigClOrdID c10 BranchID c8 CxlRejReason u32 TradeDate u32 TransactTime u64 UserInfo c32",
    103: "Pbu c8 SetID u32 ReportIndex u64 BizID u32 ExecType c1 BizPbu c8 ClOrdID c10"
    " SecurityID c12 Account c13 OwnerType u8 OrderEntryTime u64 LastPx i64 LastQty i64"
    " GrossTradeAmt i64 Side c1 OrderQty i64 LeavesQty i64 OrdStatus c1 CreditTag c2"
    " ClearingFirm c8 BranchID c8 TrdCnfmID c16 OrdCnfmID c16 TradeDate u32 TransactTime u64"
    " UserInfo c32",
    204: "BizID u32 BizPbu c8 ClOrdID c10 SecurityID c12 OrdRejReason u32 TradeDate u32"
    " TransactTime u64 UserInfo c32",
    209: "PlatformID u16 PlatformState u16",
    208: "PlatformID u16",
    206: "",
    207: "",
    210: "Pbu c8 SetID u32 EndReportIndex u64",
}
NAMES = {
    40: "Logon", 41: "Logout", 33: "Heartbeat", 58: "NewOrderSingle", 61: "OrderCancel",
    32: "Confirm", 59: "CancelReject", 103: "Report", 204: "OrderReject", 209: "PlatformState",
    208: "ExecRptInfo", 206: "ExecRptSync", 207: "ExecRptSyncRsp", 210: "ExecRptEndOfStream",
}  # fmt: skip
# Behind the fixed part: for each group the type of its count is u16.
GROUPS = {
    208: ("Pbu c8", "SetID u32"),
    206: ("Pbu c8 SetID u32 BeginReportIndex u64",),
    207: ("Pbu c8 SetID u32 BeginReportIndex u64 EndReportIndex u64 RejReason u32 Text c64",),
}
_CODES = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i64": "q"}
DATE = 20251127
PBU, OTHER_PBU = "20001", "20002"
SETS = (1, 2, 3, 4, 5, 6, 20, 991)

Values = dict[str, Any]


def ntime(at_ns: int) -> int:
    """HHMMSSsssnnnn of an instant after ten in the morning of the day."""
    hundreds = (at_ns - AT_NS) // 100
    minutes, rest = divmod(hundreds, 600_000_000)
    seconds, rest = divmod(rest, 10_000_000)
    return (10 * 10_000 + minutes * 100 + seconds) * 10_000_000 + rest


def framed(kind: int, seq: int, body: bytes) -> bytes:
    head = struct.pack(">IQI", kind, seq, len(body)) + body
    return head + struct.pack(">I", sum(head) % 256)


def packed(layout: str, values: Values) -> bytes:
    """Fields of a layout; what is left out is blank or 0."""
    words = layout.split()
    body = b""
    for name, kind in zip(words[::2], words[1::2], strict=True):
        if kind[0] == "c":
            body += str(values.get(name, "")).encode().ljust(int(kind[1:]))
        else:
            body += struct.pack(">" + _CODES[kind], values.get(name, 0))
    return body


def filled(layout: str, values: Values) -> Values:
    """All fields of a layout, also those left out."""
    words = layout.split()
    pairs = zip(words[::2], words[1::2], strict=True)
    return {name: values.get(name, "" if kind[0] == "c" else 0) for name, kind in pairs}


def message(
    kind: int, seq: int = 1, *groups: list[Values], extra: bytes = b"", **values: Any
) -> bytes:
    assert set(values) <= set(LAYOUTS[kind].split()[::2]), values
    body = packed(LAYOUTS[kind], values)
    for layout, entries in zip(GROUPS.get(kind, ()), groups, strict=True):
        body += struct.pack(">H", len(entries))
        body += b"".join(packed(layout, entry) for entry in entries)
    return framed(kind, seq, body + extra)


class Said(NamedTuple):
    """One message of the truth; fields as the decoder has to show them."""

    direction: str
    kind: int
    name: str
    fields: Values


class Meant(NamedTuple):
    """One business event of the truth, in decimal text as people write it."""

    event: str
    order_ref: str
    account: str
    symbol: str
    side: str | None
    price: int | None
    quantity: int | None
    cancel_of: str | None
    exec_ref: str | None


@dataclass
class Truth:
    """What both ends say they said and meant, in the order of each direction."""

    said: list[Said] = field(default_factory=list)
    meant: list[Meant] = field(default_factory=list)


class Clock:
    """Both ends' and the recorder's: a millisecond passes with every message."""

    def __init__(self) -> None:
        self.now_ns = AT_NS

    def tick(self) -> int:
        self.now_ns += NS_PER_MS
        return self.now_ns


class Peer:
    """One end of a connection: numbers, sends and writes down its messages."""

    def __init__(self, link: socket.socket, direction: str, clock: Clock, truth: Truth) -> None:
        self.link = link
        self.clock = clock
        self.truth = truth
        self._direction = direction
        self._seq = 0

    def write(self, kind: int, *groups: list[Values], extra: bytes = b"", **values: Any) -> bytes:
        self._seq += 1
        shown = filled(LAYOUTS[kind], values)
        if groups:
            counts = dict(zip(("NoGroups", "NoGroups2"), map(len, groups), strict=False))
            entries = [
                filled(layout, entry)
                for layout, group in zip(GROUPS[kind], groups, strict=True)
                for entry in group
            ]
            shown |= counts | {"groups": entries}
        if extra:
            shown["extra"] = extra.hex()
        self.truth.said.append(Said(self._direction, kind, NAMES[kind], shown))
        return message(kind, self._seq, *groups, extra=extra, **values)

    def write_unknown(self, kind: int, body: bytes) -> bytes:
        self._seq += 1
        self.truth.said.append(Said(self._direction, kind, "unknown", {"raw": body.hex()}))
        return framed(kind, self._seq, body)

    def send(self, *messages: bytes) -> None:
        self.link.sendall(b"".join(messages))

    def read(self, count: int) -> None:
        """Wait until so many whole messages have come."""
        for _ in range(count):
            head = self._exactly(16)
            self._exactly(int.from_bytes(head[12:16], "big") + 4)

    def _exactly(self, size: int) -> bytes:
        data = b""
        while len(data) < size:
            piece = self.link.recv(size - len(data))
            assert piece, "the other end has gone"
            data += piece
        return data


class Passed(NamedTuple):
    """Bytes that one recv of the relay gave, from the client (0) or the server (1)."""

    end: int
    data: bytes
    at_ns: int


@contextmanager
def relayed(
    clock: Clock,
) -> Iterator[tuple[tuple[socket.socket, socket.socket], list[Passed]]]:
    """Both ends of a TCP connection that leads through a relay, and what the relay passed on."""
    passed: list[Passed] = []
    with (
        socket.create_server(("127.0.0.1", 0)) as gateway,
        socket.create_server(("127.0.0.1", 0)) as relay,
    ):
        client = socket.create_connection(relay.getsockname())
        from_client, _ = relay.accept()
        to_server = socket.create_connection(gateway.getsockname())
        server, _ = gateway.accept()
        lock = threading.Lock()

        def pass_on(end: int, source: socket.socket, target: socket.socket) -> None:
            while data := source.recv(1 << 16):
                with lock:
                    passed.append(Passed(end, data, clock.now_ns))
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

        ways = [(0, from_client, to_server), (1, to_server, from_client)]
        threads = [threading.Thread(target=pass_on, args=way) for way in ways]
        for thread in threads:
            thread.start()
        try:
            yield (client, server), passed
        finally:
            for link in (client, server):
                link.shutdown(socket.SHUT_WR)
            for thread in threads:
                thread.join()
            for link in (client, server, from_client, to_server):
                link.close()
