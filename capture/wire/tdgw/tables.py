"""Field tables of the TDGW Binary interface, auction platform: offset, official name, type.

Source: IS122 上海证券交易所交易网关 Binary 接口规格说明书（竞价平台）0.57, chapter 4.
Types: char[n] ASCII, left-justified and space-padded; u integers, big-endian; price i64 N13(5),
quantity i64 N15(3), amount i64 N18(5); date u32 YYYYMMDD; ntime u64 HHMMSSsssnnnn, in 100 ns.
"""

# 4.2 session messages
LOGON = """
   0 SenderCompID           char[32]
  32 TargetCompID           char[32]
  64 HeartBtInt             u16
  66 PrtclVersion           char[8]
  74 TradeDate              date
  78 QSize                  u32
"""

LOGOUT = """
   0 SessionStatus          u32
   4 Text                   char[64]
"""

HEARTBEAT = ""

# 4.3 orders and execution reports
NEW_ORDER_SINGLE = """
   0 BizID                  u32
   4 BizPbu                 char[8]
  12 ClOrdID                char[10]
  22 SecurityID             char[12]
  34 Account                char[13]
  47 OwnerType              u8
  48 Side                   char[1]
  49 Price                  price
  57 OrderQty               quantity
  65 OrdType                char[1]
  66 TimeInForce            char[1]
  67 TransactTime           ntime
  75 CreditTag              char[2]
  77 ClearingFirm           char[8]
  85 BranchID               char[8]
  93 UserInfo               char[32]
"""

ORDER_CANCEL = """
   0 BizID                  u32
   4 BizPbu                 char[8]
  12 ClOrdID                char[10]
  22 SecurityID             char[12]
  34 Account                char[13]
  47 OwnerType              u8
  48 Side                   char[1]
  49 OrigClOrdID            char[10]
  59 TransactTime           ntime
  67 BranchID               char[8]
  75 UserInfo               char[32]
"""

CONFIRM = """
   0 Pbu                    char[8]
   8 SetID                  u32
  12 ReportIndex            u64
  20 BizID                  u32
  24 ExecType               char[1]
  25 BizPbu                 char[8]
  33 ClOrdID                char[10]
  43 SecurityID             char[12]
  55 Account                char[13]
  68 OwnerType              u8
  69 Side                   char[1]
  70 Price                  price
  78 OrderQty               quantity
  86 LeavesQty              quantity
  94 CxlQty                 quantity
 102 OrdType                char[1]
 103 TimeInForce            char[1]
 104 OrdStatus              char[1]
 105 CreditTag              char[2]
 107 OrigClOrdID            char[10]
 117 ClearingFirm           char[8]
 125 BranchID               char[8]
 133 OrdRejReason           u32
 137 OrdCnfmID              char[16]
 153 OrigOrdCnfmID          char[16]
 169 TradeDate              date
 173 TransactTime           ntime
 181 UserInfo               char[32]
"""

CANCEL_REJECT = """
   0 Pbu                    char[8]
   8 SetID                  u32
  12 ReportIndex            u64
  20 BizID                  u32
  24 BizPbu                 char[8]
  32 ClOrdID                char[10]
  42 SecurityID             char[12]
  54 OrigClOrdID            char[10]
  64 BranchID               char[8]
  72 CxlRejReason           u32
  76 TradeDate              date
  80 TransactTime           ntime
  88 UserInfo               char[32]
"""

REPORT = """
   0 Pbu                    char[8]
   8 SetID                  u32
  12 ReportIndex            u64
  20 BizID                  u32
  24 ExecType               char[1]
  25 BizPbu                 char[8]
  33 ClOrdID                char[10]
  43 SecurityID             char[12]
  55 Account                char[13]
  68 OwnerType              u8
  69 OrderEntryTime         ntime
  77 LastPx                 price
  85 LastQty                quantity
  93 GrossTradeAmt          amount
 101 Side                   char[1]
 102 OrderQty               quantity
 110 LeavesQty              quantity
 118 OrdStatus              char[1]
 119 CreditTag              char[2]
 121 ClearingFirm           char[8]
 129 BranchID               char[8]
 137 TrdCnfmID              char[16]
 153 OrdCnfmID              char[16]
 169 TradeDate              date
 173 TransactTime           ntime
 181 UserInfo               char[32]
"""

# 4.4 other messages
ORDER_REJECT = """
   0 BizID                  u32
   4 BizPbu                 char[8]
  12 ClOrdID                char[10]
  22 SecurityID             char[12]
  34 OrdRejReason           u32
  38 TradeDate              date
  42 TransactTime           ntime
  50 UserInfo               char[32]
"""

PLATFORM_STATE = """
   0 PlatformID             u16
   2 PlatformState          u16
"""

# Two groups follow, each with a count of its own before it.
EXEC_RPT_INFO = """
   0 PlatformID             u16
"""
EXEC_RPT_INFO_PBUS = """
   0 Pbu                    char[8]
"""
EXEC_RPT_INFO_SETS = """
   0 SetID                  u32
"""

EXEC_RPT_SYNC = """
   0 NoGroups               u16
"""
EXEC_RPT_SYNC_GROUP = """
   0 Pbu                    char[8]
   8 SetID                  u32
  12 BeginReportIndex       u64
"""

EXEC_RPT_SYNC_RSP = """
   0 NoGroups               u16
"""
EXEC_RPT_SYNC_RSP_GROUP = """
   0 Pbu                    char[8]
   8 SetID                  u32
  12 BeginReportIndex       u64
  20 EndReportIndex         u64
  28 RejReason              u32
  32 Text                   char[64]
"""

EXEC_RPT_END_OF_STREAM = """
   0 Pbu                    char[8]
   8 SetID                  u32
  12 EndReportIndex         u64
"""
