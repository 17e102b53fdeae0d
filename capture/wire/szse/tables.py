"""Field tables of the SZSE Binary trading interface 1.32: offset, official name, type.

Source: 深圳证券交易所 Binary 交易数据接口规范 Ver1.32. Types: char[n] text, left-justified and
space-padded; u/i integers, big-endian; Price 10**-4, Qty 10**-2, Amt 10**-4, all i64;
LocalTimeStamp i64 YYYYMMDDHHMMSSsss; LocalMktDate u32 YYYYMMDD.
"""

LOGON = """
   0 SenderCompID           char[20]
  20 TargetCompID           char[20]
  40 HeartBtInt             i32
  44 Password               char[16]
  60 DefaultApplVerID       char[32]
"""

LOGOUT = """
   0 SessionStatus          i32
   4 Text                   char[200]
"""

HEARTBEAT = ""

BUSINESS_REJECT = """
   0 ApplID                 char[3]
   3 TransactTime           LocalTimeStamp
  11 SubmittingPBUID        char[6]
  17 SecurityID             char[8]
  25 SecurityIDSource       char[4]
  29 RefSeqNum              i64
  37 RefMsgType             u32
  41 BusinessRejectRefID    char[10]
  51 BusinessRejectReason   u16
  53 BusinessRejectText     char[50]
"""

REPORT_SYNCHRONIZATION = """
   0 NoPartitions           u32
"""
REPORT_SYNCHRONIZATION_GROUP = """
   0 PartitionNo            i32
   4 ReportIndex            i64
"""
REPORT_SYNCHRONIZATION_BEFORE_1_10 = """
   0 ReportIndex            i64
"""

PLATFORM_STATE_INFO = """
   0 PlatformID             u16
   2 PlatformState          u16
"""

REPORT_FINISHED = """
   0 PartitionNo            i32
   4 ReportIndex            i64
  12 PlatformID             u16
"""

PLATFORM_INFO = """
   0 PlatformID             u16
   2 NoPartitions           u32
"""
PLATFORM_INFO_GROUP = """
   0 PartitionNo            i32
"""

TRADING_SESSION_STATUS = """
   0 MarketID               char[8]
   8 MarketSegmentID        char[8]
  16 TradingSessionID       char[4]
  20 TradingSessionSubID    char[4]
  24 TradSesStatus          u16
  26 TradSesStartTime       LocalTimeStamp
  34 TradSesEndTime         LocalTimeStamp
"""

ORDER_CANCEL_REQUEST = """
   0 ApplID                 char[3]
   3 SubmittingPBUID        char[6]
   9 SecurityID             char[8]
  17 SecurityIDSource       char[4]
  21 OwnerType              u16
  23 ClearingFirm           char[2]
  25 TransactTime           LocalTimeStamp
  33 UserInfo               char[8]
  41 ClOrdID                char[10]
  51 OrigClOrdID            char[10]
  61 Side                   char[1]
  62 OrderID                char[16]
  78 OrderQty               Qty
"""

CANCEL_REJECT = """
   0 PartitionNo            i32
   4 ReportIndex            i64
  12 ApplID                 char[3]
  15 ReportingPBUID         char[6]
  21 SubmittingPBUID        char[6]
  27 SecurityID             char[8]
  35 SecurityIDSource       char[4]
  39 OwnerType              u16
  41 ClearingFirm           char[2]
  43 TransactTime           LocalTimeStamp
  51 UserInfo               char[8]
  59 ClOrdID                char[10]
  69 OrigClOrdID            char[10]
  79 Side                   char[1]
  80 OrdStatus              char[1]
  81 CxlRejReason           u16
  83 RejectText             char[16]
  99 OrderID                char[16]
"""

# The part that all new orders share; each business appends its extension.
NEW_ORDER = """
   0 ApplID                 char[3]
   3 SubmittingPBUID        char[6]
   9 SecurityID             char[8]
  17 SecurityIDSource       char[4]
  21 OwnerType              u16
  23 ClearingFirm           char[2]
  25 TransactTime           LocalTimeStamp
  33 UserInfo               char[8]
  41 ClOrdID                char[10]
  51 AccountID              char[12]
  63 BranchID               char[4]
  67 OrderRestrictions      char[4]
  71 Side                   char[1]
  72 OrdType                char[1]
  73 OrderQty               Qty
  81 Price                  Price
"""

# The part that all execution reports on orders (200xx02) share.
EXECUTION_CONFIRM = """
   0 PartitionNo            i32
   4 ReportIndex            i64
  12 ApplID                 char[3]
  15 ReportingPBUID         char[6]
  21 SubmittingPBUID        char[6]
  27 SecurityID             char[8]
  35 SecurityIDSource       char[4]
  39 OwnerType              u16
  41 ClearingFirm           char[2]
  43 TransactTime           LocalTimeStamp
  51 UserInfo               char[8]
  59 OrderID                char[16]
  75 ClOrdID                char[10]
  85 OrigClOrdID            char[10]
  95 ExecID                 char[16]
 111 ExecType               char[1]
 112 OrdStatus              char[1]
 113 OrdRejReason           u16
 115 LeavesQty              Qty
 123 CumQty                 Qty
 131 Side                   char[1]
 132 OrdType                char[1]
 133 OrderQty               Qty
 141 Price                  Price
 149 AccountID              char[12]
 161 BranchID               char[4]
 165 OrderRestrictions      char[4]
"""

# The part that all execution reports on trades (200xx15) share.
EXECUTION_TRADE = """
   0 PartitionNo            i32
   4 ReportIndex            i64
  12 ApplID                 char[3]
  15 ReportingPBUID         char[6]
  21 SubmittingPBUID        char[6]
  27 SecurityID             char[8]
  35 SecurityIDSource       char[4]
  39 OwnerType              u16
  41 ClearingFirm           char[2]
  43 TransactTime           LocalTimeStamp
  51 UserInfo               char[8]
  59 OrderID                char[16]
  75 ClOrdID                char[10]
  85 ExecID                 char[16]
 101 ExecType               char[1]
 102 OrdStatus              char[1]
 103 LastPx                 Price
 111 LastQty                Qty
 119 LeavesQty              Qty
 127 CumQty                 Qty
 135 Side                   char[1]
 136 AccountID              char[12]
 148 BranchID               char[4]
"""

_PRICING = "StopPx Price, MinQty Qty, MaxPriceLevels u16, TimeInForce char[1]"
_AUCTION = _PRICING + ", CashMargin char[1]"
_OPTION_POSITION = (
    "PositionEffect char[1], CoveredOrUncovered u8, "
    "ContractAccountCode char[6], SecondaryOrderID char[16]"
)

NEW_ORDER_EXTENSIONS = {
    100101: _AUCTION,
    100201: _PRICING,
    100301: "",
    100401: f"{_PRICING}, {_OPTION_POSITION}",
    100501: "ConfirmID char[8], CashMargin char[1]",
    100601: "CashMargin char[1]",
    100701: "ExpirationDays u16, ExpirationType u8, ShareProperty char[2]",
    101601: "ContractAccountCode char[6]",
    101701: "CashOrderQty Amt",
    103701: "CashMargin char[1]",
    104101: _AUCTION,
    106301: _PRICING + ", LotType char[1]",
}

EXECUTION_CONFIRM_EXTENSIONS = {
    200102: _AUCTION,
    200202: _PRICING,
    200302: "",
    200402: f"{_PRICING}, {_OPTION_POSITION}",
    200502: "ConfirmID char[8], CashMargin char[1]",
    200602: "CashMargin char[1]",
    203702: "CashMargin char[1]",
    204102: _AUCTION,
}

EXECUTION_TRADE_EXTENSIONS = {
    200115: "CashMargin char[1]",
    200215: "MaturityDate LocalMktDate",
    200315: "",
    200415: _OPTION_POSITION,
    200515: "ConfirmID char[8], CashMargin char[1]",
    200615: "CashMargin char[1]",
    203715: "CashMargin char[1]",
    206315: "",
}

# Types of which the specification tells more than was worked out here, by the message they are.
UNDECODED = {
    "NewOrder": (101201, 101501, 101801, 102701, 102801, 102901, 103501, 104701),
    "ExecutionReport(confirm)": (
        200702, 201202, 201502, 201602, 201702, 201802, 202702, 202802, 202902, 203102, 203502,
        204702, 206302,
    ),
    "ExecutionReport(trade)": (200715, 204115, 204130),
    "Quote": (100405, 100505, 104105),
    "QuoteStatusReport": (200406, 200506, 204106),
    "QuoteResponse": (100510, 104110, 200510),
    "AllegeQuote": (200526, 204126),
    "QuoteRequest": (100517, 104117),
    "QuoteRequestAck": (200517, 204117),
    "AllegeQuoteRequest": (200525, 204125),
    "IndicationOfInterest": (100509,),
    "TradeCaptureReport": (
        100503, 100703, 100803, 100903, 101003, 101103, 103003, 103203, 104103, 104203, 104303,
        203020, 203220, 204120, 204220, 204320,
    ),
    "TradeCaptureReportAck": (
        200504, 200704, 200804, 200904, 201004, 201104, 203004, 203204, 204104, 204204, 204304,
    ),
}  # fmt: skip
