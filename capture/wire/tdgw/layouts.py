"""The message types of TDGW Binary and the dialect its framer needs."""

import struct

from capture.wire.binary_framer import CHECKSUM_BYTES, Dialect
from capture.wire.binary_layout import plain, repeating
from capture.wire.tdgw import tables

LOGON, LOGOUT, HEARTBEAT = 40, 41, 33
NEW_ORDER_SINGLE, ORDER_CANCEL, EXEC_RPT_SYNC = 58, 61, 206
CONFIRM, CANCEL_REJECT, REPORT, ORDER_REJECT = 32, 59, 103, 204
PLATFORM_STATE, EXEC_RPT_INFO, EXEC_RPT_SYNC_RSP, EXEC_RPT_END_OF_STREAM = 209, 208, 207, 210

BOTH_WAYS = frozenset((LOGON, LOGOUT, HEARTBEAT))
UP_TYPES = frozenset((NEW_ORDER_SINGLE, ORDER_CANCEL, EXEC_RPT_SYNC))

# 4.1: a message has 4 KB at most. MsgType, MsgSeqNum (skipped here), MsgBodyLen.
MESSAGE_BYTES_MAX = 4096
_HEADER = struct.Struct(">I8xI")

_ALL = (
    plain(LOGON, "Logon", tables.LOGON),
    plain(LOGOUT, "Logout", tables.LOGOUT),
    plain(HEARTBEAT, "Heartbeat", tables.HEARTBEAT),
    plain(NEW_ORDER_SINGLE, "NewOrderSingle", tables.NEW_ORDER_SINGLE),
    plain(ORDER_CANCEL, "OrderCancel", tables.ORDER_CANCEL),
    plain(CONFIRM, "Confirm", tables.CONFIRM),
    plain(CANCEL_REJECT, "CancelReject", tables.CANCEL_REJECT),
    plain(REPORT, "Report", tables.REPORT),
    plain(ORDER_REJECT, "OrderReject", tables.ORDER_REJECT),
    plain(PLATFORM_STATE, "PlatformState", tables.PLATFORM_STATE),
    plain(
        EXEC_RPT_INFO,
        "ExecRptInfo",
        tables.EXEC_RPT_INFO,
        repeating("NoGroups", tables.EXEC_RPT_INFO_PBUS, own_count="u16"),
        # The specification calls both counts NoGroups.
        repeating("NoGroups2", tables.EXEC_RPT_INFO_SETS, own_count="u16"),
    ),
    plain(
        EXEC_RPT_SYNC,
        "ExecRptSync",
        tables.EXEC_RPT_SYNC,
        repeating("NoGroups", tables.EXEC_RPT_SYNC_GROUP),
    ),
    plain(
        EXEC_RPT_SYNC_RSP,
        "ExecRptSyncRsp",
        tables.EXEC_RPT_SYNC_RSP,
        repeating("NoGroups", tables.EXEC_RPT_SYNC_RSP_GROUP),
    ),
    plain(EXEC_RPT_END_OF_STREAM, "ExecRptEndOfStream", tables.EXEC_RPT_END_OF_STREAM),
)
LAYOUTS = {layout.type: layout for layout in _ALL}

TDGW_BINARY = Dialect(
    _HEADER, LAYOUTS, body_bytes_max=MESSAGE_BYTES_MAX - _HEADER.size - CHECKSUM_BYTES
)
