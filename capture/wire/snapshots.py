"""What a decode partition has to remember to go on exactly where it was."""

from capture.domain.counters import Counters, Marked
from capture.domain.event_numbers import EventNumbers
from capture.domain.lag import Lag
from capture.domain.number_set import NumberSet
from capture.domain.orders_of_day import OrdersOfDay
from capture.domain.shanghai import ShanghaiOrders
from capture.domain.szse_orders import SzseOrders
from capture.domain.tdgw_orders import TdgwOrders
from capture.wire.binary_framer import BinaryFramer
from capture.wire.binary_layout import BinaryMessage, UnknownMessage
from capture.wire.connection import Connection, Heard
from capture.wire.fragments import Datagram, Fragments, Held
from capture.wire.framing import Framer
from capture.wire.order_feed import OrderFeed
from capture.wire.partition import DecodePartition
from capture.wire.protocols import PROTOCOLS
from capture.wire.session_counts import SessionCounts
from capture.wire.sessions import EndedSession, SessionFacts
from capture.wire.sql_feed import SqlFeed
from capture.wire.szse.layouts import BEFORE_1_10, LAYOUTS, SZSE_BINARY
from capture.wire.szse.session import SzseSession
from capture.wire.tap import Numbering, Tap
from capture.wire.tcp_stream import Early, TcpStream
from capture.wire.tdgw.layouts import LAYOUTS as TDGW_LAYOUTS
from capture.wire.tdgw.layouts import TDGW_BINARY
from capture.wire.tdgw.session import TdgwSession
from capture.wire.tds.dialogue import Dialogue
from capture.wire.tds.encryption import EncryptedStream
from capture.wire.tds.messages import Effect, Request, TdsMessage, TransactionEnded, Unanswered
from capture.wire.tds.packets import PacketFramer
from capture.wire.tds.prepared import Prepared, StatementMemory
from capture.wire.tds.procedures import ProcedureCalls
from capture.wire.tds.requests import Call, Parameter
from capture.wire.tds.response import MetadataMemory
from capture.wire.tds.session import TdsSession
from capture.wire.tds.sql import Statement
from capture.wire.tds.transaction_log import TransactionLog
from capture.wire.tds.transactions import Op, Step
from capture.wire.tds.version import Version
from capture.wire.tds.version_search import VersionSearch
from capture.wire.turns import Postponed, Turns
from riskgw.kernel.addresses import AddressBlock
from riskgw.kernel.slots import slots_of
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
    Tap: (
        "_halves", "_strangers", "_known", "_early_bytes", "_postponing", "fragments", "_at_ns",
        "packets", "evicted", "ended",
    ),
    Fragments: ("_datagrams", "_bytes", "dropped"),
    Datagram: Datagram.__slots__,
    Connection: Connection.__slots__,
    SessionCounts: SessionCounts.__slots__,
    TcpStream: TcpStream.__slots__,
    Turns: Turns.__slots__,
    BinaryFramer: (*Framer.__slots__, *BinaryFramer.__slots__),
    PacketFramer: (*Framer.__slots__, *PacketFramer.__slots__),
    SzseSession: ("_framers", "client", "logon_by", "user"),
    TdgwSession: ("_framers", "client", "logon_by", "user"),
    TdsSession: (
        "_framers", "_version", "_database", "_login_database", "_client_encryption", "_metadata",
        "_procedures", "_transaction", "_is_uncertain", "_dialogue", "_multiplexed", "_at_ns",
        "client", "logon_by", "user",
    ),
    VersionSearch: VersionSearch.__slots__,
    EncryptedStream: EncryptedStream.__slots__,
    Dialogue: Dialogue.__slots__,
    ProcedureCalls: slots_of(ProcedureCalls),
    StatementMemory: slots_of(StatementMemory),
    TransactionLog: TransactionLog.__slots__,
    MetadataMemory: (),
    TdsMessage: TdsMessage.__slots__,
    Request: (*TdsMessage.__slots__, *Request.__slots__),
}  # fmt: skip
_ORDERS = {
    OrderFeed: ("orders", "counters", "_szse", "_tdgw", "_sql"),
    OrdersOfDay: (
        "day", "is_full", "_is_told", "_limit", "_accounts", "_cancels", "_reports", "_fills",
        "_confirmations", "_nameless", "_numbers", "_further_numbers", "_reference_of_record",
    ),
    Counters: ("_origins", "_marked", "_has_counters", "_day", "_unknown"),
    NumberSet: NumberSet.__slots__,
    SzseOrders: ("_orders", "_next_number", "_platforms"),
    TdgwOrders: ("_orders", "_next_number"),
    SqlFeed: ("_shanghai",),
    ShanghaiOrders: ("_orders", "_next_number", "_databases"),
    EventNumbers: EventNumbers.__slots__,
}  # fmt: skip
_VALUES = (
    AddressBlock, BinaryMessage, Call, Early, Effect, EndedSession, EventKind, Heard,
    Held, Marked, Op, Parameter, Postponed, Prepared, Problem, ProblemKind, SessionFacts,
    Statement, Step, TransactionEnded, Unanswered, UnknownMessage, Version,
)  # fmt: skip
_CONSTANTS = {
    "szse dialect": SZSE_BINARY,
    "szse types": SZSE_BINARY.known_type,
    **{f"layout {kind}": layout for kind, layout in LAYOUTS.items()},
    **{f"layout {layout.type} before 1.10": layout for layout in BEFORE_1_10},
    "tdgw dialect": TDGW_BINARY,
    "tdgw types": TDGW_BINARY.known_type,
    **{f"tdgw layout {kind}": layout for kind, layout in TDGW_LAYOUTS.items()},
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
        Tap: ("_candidates", "_only_port", "_keeps_last", "_held_bytes_max", "_times", "_ear"),
        OrderFeed: (),
        SqlFeed: ("_procedures", "_tables"),
        Counters: ("_stamps",),
        MetadataMemory: ("_known",),
    },
)
