"""The message types of SZSE Binary and the dialect its framer needs."""

import struct

from capture.wire.binary_framer import Dialect
from capture.wire.binary_layout import family, plain, repeating, without
from capture.wire.szse import tables

LOGON, BUSINESS_REJECT, REPORT_SYNCHRONIZATION = 1, 4, 5
ORDER_CANCEL_REQUEST, CANCEL_REJECT = 190007, 290008
NEW_ORDER_TYPES = frozenset(tables.NEW_ORDER_EXTENSIONS)
CONFIRM_TYPES = frozenset(tables.EXECUTION_CONFIRM_EXTENSIONS)
TRADE_TYPES = frozenset(tables.EXECUTION_TRADE_EXTENSIONS)

_ALL = [
    plain(LOGON, "Logon", tables.LOGON),
    plain(2, "Logout", tables.LOGOUT),
    plain(3, "Heartbeat", tables.HEARTBEAT),
    plain(BUSINESS_REJECT, "BusinessReject", tables.BUSINESS_REJECT),
    plain(
        REPORT_SYNCHRONIZATION,
        "ReportSynchronization",
        tables.REPORT_SYNCHRONIZATION,
        repeating("NoPartitions", tables.REPORT_SYNCHRONIZATION_GROUP),
    ),
    plain(6, "PlatformStateInfo", tables.PLATFORM_STATE_INFO),
    plain(7, "ReportFinished", tables.REPORT_FINISHED),
    plain(
        9,
        "PlatformInfo",
        tables.PLATFORM_INFO,
        repeating("NoPartitions", tables.PLATFORM_INFO_GROUP),
    ),
    plain(10, "TradingSessionStatus", tables.TRADING_SESSION_STATUS),
    plain(ORDER_CANCEL_REQUEST, "OrderCancelRequest", tables.ORDER_CANCEL_REQUEST),
    plain(CANCEL_REJECT, "CancelReject", tables.CANCEL_REJECT),
    *family("NewOrder", tables.NEW_ORDER, tables.NEW_ORDER_EXTENSIONS),
    *family(
        "ExecutionReport(confirm)",
        tables.EXECUTION_CONFIRM,
        tables.EXECUTION_CONFIRM_EXTENSIONS,
    ),
    *family("ExecutionReport(trade)", tables.EXECUTION_TRADE, tables.EXECUTION_TRADE_EXTENSIONS),
]
LAYOUTS = {layout.type: layout for layout in _ALL}

# Before version 1.10 (July 2018) platforms had no partitions: reports began with ReportIndex.
BEFORE_1_10 = [
    *(
        without(layout, "PartitionNo")
        for layout in _ALL
        if layout.fields and layout.fields[0].name == "PartitionNo"
    ),
    plain(
        REPORT_SYNCHRONIZATION, "ReportSynchronization", tables.REPORT_SYNCHRONIZATION_BEFORE_1_10
    ),
]

_UNDECODED = {
    kind: f"{name}, its layout is not decoded"
    for name, kinds in tables.UNDECODED.items()
    for kind in kinds
}

SZSE_BINARY = Dialect(struct.Struct(">II"), LAYOUTS, earlier=BEFORE_1_10, undecoded=_UNDECODED)
