"""What a decode partition has to remember to go on exactly where it was."""

from capture.domain.event_numbers import EventNumbers
from capture.domain.lag import Lag
from capture.domain.number_set import NumberSet
from capture.domain.orders_of_day import OrdersOfDay
from capture.domain.shanghai import ShanghaiOrders
from capture.domain.szse_orders import SzseOrders
from capture.wire.binary_framer import BinaryFramer
from capture.wire.binary_layout import BinaryMessage, UnknownMessage
from capture.wire.connection import Connection, Heard
from capture.wire.framing import Framer
from capture.wire.order_feed import OrderFeed
from capture.wire.partition import DecodePartition
from capture.wire.protocols import PROTOCOLS
from capture.wire.szse.layouts import LAYOUTS, SZSE_BINARY
from capture.wire.szse.session import SzseSession
from capture.wire.tap import Half, Numbering, Tap
from capture.wire.tcp_stream import Early, TcpStream
from capture.wire.tds.messages import Request, TdsMessage, Unanswered
from capture.wire.tds.packets import PacketFramer
from capture.wire.tds.requests import Call, Parameter
from capture.wire.tds.response import MetadataMemory
from capture.wire.tds.session import TdsSession
from capture.wire.tds.version import Version
from riskgw.kernel.words import EventKind
from riskgw.messages.problem import Problem, ProblemKind
from riskgw.shards.partition import Shards
from riskgw.shards.snapshot import Schema

_PARTITION = {
    DecodePartition: (
        "tap", "feed", "numbering", "messages", "events", "problems", "last_packet_ns", "lag",
        "shards",
    ),
    Shards: ("count", "_groups"),
    Lag: ("_span", "_longest", "_before"),
    Numbering: ("count",),
}  # fmt: skip
_CONNECTIONS = {
    Tap: ("_halves", "_at_ns", "packets", "evicted"),
    Connection: Connection.__slots__,
    TcpStream: TcpStream.__slots__,
    BinaryFramer: (*Framer.__slots__, *BinaryFramer.__slots__),
    PacketFramer: (*Framer.__slots__, *PacketFramer.__slots__),
    SzseSession: ("_framers", "client", "logon_by"),
    TdsSession: (
        "_framers", "_version", "_database", "_metadata", "_unanswered", "_attention", "client",
        "logon_by",
    ),
    MetadataMemory: (),
    TdsMessage: TdsMessage.__slots__,
    Request: (*TdsMessage.__slots__, *Request.__slots__),
}  # fmt: skip
_ORDERS = {
    OrderFeed: ("orders", "_szse", "_shanghai"),
    OrdersOfDay: (
        "day", "is_full", "_accounts", "_reports", "_fills", "_confirmations", "_nameless",
        "_numbers", "_further_numbers", "_reference_of_record",
    ),
    NumberSet: NumberSet.__slots__,
    SzseOrders: ("_orders", "_next_number", "_platforms"),
    ShanghaiOrders: ("_orders", "_next_number"),
    EventNumbers: EventNumbers.__slots__,
}  # fmt: skip
_VALUES = (
    BinaryMessage, Call, Early, EventKind, Half, Heard, Parameter, Problem, ProblemKind, Unanswered,
    UnknownMessage, Version,
)  # fmt: skip
_CONSTANTS = {
    "szse dialect": SZSE_BINARY,
    "szse types": SZSE_BINARY.known_type,
    **{f"layout {kind}": layout for kind, layout in LAYOUTS.items()},
    **{f"protocol {protocol.name}": protocol for protocol in PROTOCOLS},
}

# Settings come from the constructors, and column descriptions are read again.
DECODER = Schema(
    "decode partition",
    {**_PARTITION, **_CONNECTIONS, **_ORDERS},
    _VALUES,
    constants=_CONSTANTS,
    rebuilt={
        DecodePartition: ("source",),
        Tap: ("_candidates", "_only_port"),
        OrderFeed: ("_procedures",),
        MetadataMemory: ("_known",),
    },
)
