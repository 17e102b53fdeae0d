"""Choices of rules, from the closed lists of the engine; labels in the user's language."""

from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from riskgw.cep.fields import FIELDS, KEYS, FieldType


def language_code() -> str:
    """Of the two languages that texts stand in, the reader's: zh or en."""
    return "zh" if (get_language() or "").startswith("zh") else "en"


def in_language(texts: Mapping[str, Any], name: str) -> str:
    """The Chinese or the English of a pair such as name_zh and name_en; the other if missing."""
    endings = ("zh", "en") if language_code() == "zh" else ("en", "zh")
    return next((text for each in endings if (text := texts.get(f"{name}_{each}"))), "")


class OpChoice(TextChoices):
    COUNT = "count", _("count of events")
    SUM = "sum", _("sum of a field")
    DISTINCT = "distinct", _("distinct values of a field")
    FIRST = "first", _("earliest value of a field")
    LAST = "last", _("latest value of a field")
    MAX = "max", _("largest value of a field")
    RANGE = "range", _("largest minus smallest value")
    DURATION = "duration", _("time a flag held (ms)")


class WindowChoice(TextChoices):
    INSTANT = "instant", _("this event")
    SLIDING = "sliding", _("sliding")
    SESSION = "session", _("trading phase")
    DAY = "day", _("trading day")
    DAYS = "days", _("trading days")


class ClockChoice(TextChoices):
    """Which time passes in a sliding window."""

    WALL = "wall", _("wall time")
    TRADING = "trading", _("trading time")


class CmpChoice(TextChoices):
    EQ = "eq", "="
    NE = "ne", "≠"
    GE = "ge", "≥"
    GT = "gt", ">"
    LE = "le", "≤"
    LT = "lt", "<"
    IN = "in", _("is one of")
    NOT_IN = "nin", _("is none of")


class ThresholdCmpChoice(TextChoices):
    GE = "ge", "≥"
    GT = "gt", ">"
    LE = "le", "≤"
    LT = "lt", "<"
    EQ = "eq", "="
    NE = "ne", "≠"


class UnitChoice(TextChoices):
    COUNT = "count", _("count")
    SHARES = "shares", _("shares")
    CNY = "CNY", _("CNY")
    MS = "ms", _("milliseconds")
    RATIO = "ratio", _("ratio")
    PERCENT = "percent", "%"


class LevelChoice(TextChoices):
    WARN = "warn", _("warn")
    RESTRICT = "restrict", _("restrict")
    LIMIT = "limit", _("limit")


class AlertStateChoice(TextChoices):
    OPEN = "open", _("open")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    CLOSED = "closed", _("closed")


class ModeChoice(TextChoices):
    DRAFT = "draft", _("draft")
    SHADOW = "shadow", _("shadow")
    LIVE = "live", _("live")
    OFF = "off", _("off")


# A rule in one of these is judged by, and each change of it is a version.
JUDGED_MODES = (ModeChoice.SHADOW, ModeChoice.LIVE)
# From each mode to those it may become.
MODE_CHANGES = {
    ModeChoice.DRAFT: (ModeChoice.SHADOW, ModeChoice.LIVE, ModeChoice.OFF),
    ModeChoice.SHADOW: (ModeChoice.LIVE, ModeChoice.OFF),
    ModeChoice.LIVE: (ModeChoice.SHADOW, ModeChoice.OFF),
    ModeChoice.OFF: (ModeChoice.SHADOW, ModeChoice.LIVE),
}


class VersionModeChoice(TextChoices):
    """What a version makes of its rule."""

    SHADOW = "shadow", _("shadow")
    LIVE = "live", _("live")
    OFF = "off", _("off")


class VersionStateChoice(TextChoices):
    PROPOSED = "proposed", _("proposed")
    APPROVED = "approved", _("approved")
    REJECTED = "rejected", _("turned down")
    WITHDRAWN = "withdrawn", _("withdrawn")


class PackStateChoice(TextChoices):
    DRAFT = "draft", _("draft")
    APPLIED = "applied", _("applied")
    REJECTED = "rejected", _("turned down")


class CheckPointChoice(TextChoices):
    """When a rule is asked."""

    PRE = "pre", _("before an order is sent")
    LIVE = "live", _("as orders are seen")
    POST = "post", _("afterwards")


class ActionChoice(TextChoices):
    """What follows when a level is reached, rising."""

    WARN = "warn", _("warn")
    REPORT = "report", _("report")
    THROTTLE = "throttle", _("throttle")
    REJECT = "reject", _("deny the order")
    RESTRICT_OPEN = "restrict_open", _("stop openings")
    RESTRICT_ORDERS = "restrict_orders", _("stop orders")
    KILL = "kill", _("stop all orders")


class MaskChoice(TextChoices):
    """What a restriction stops."""

    OPEN = "open", _("openings")
    CLOSE = "close", _("closings")
    CANCEL = "cancel", _("cancel requests")


class ReleaseChoice(TextChoices):
    """Who ends a restriction."""

    AUTO_DAY = "auto_day", _("the next trading day")
    TRADER = "trader", _("the trader")
    RISK_OFFICER = "risk_officer", _("the risk officer")
    FOUR_EYES = "four_eyes", _("two people")


class ThenSideChoice(TextChoices):
    """On which side, seen from the first step, the second one counts."""

    OPPOSITE = "opposite", _("the other side")
    SAME = "same", _("the same side")


class SegmentChoice(TextChoices):
    ST = "st", _("ST")
    OTHER = "other", _("not ST")


class CategoryChoice(TextChoices):
    """What forms offer; a category that an imported rule brings along is kept."""

    PROGRAMME = "programme", _("programme trading")
    FUTURES = "futures", _("futures trading")
    PRE_TRADE = "pre_trade", _("single orders")
    HOUSE = "house", _("house rules")


class EventChoice(TextChoices):
    ORDER = "order", _("order")
    CANCEL = "cancel", _("cancel request")
    CONFIRM = "confirm", _("confirmation")
    FILL = "fill", _("fill")
    CANCELLED = "cancelled", _("cancelled")
    REJECT = "reject", _("reject")
    CANCEL_REJECT = "cancel_reject", _("cancel reject")
    QUOTE = "quote", _("quote")
    QUOTE_CANCEL = "quote_cancel", _("quote cancel")
    QUOTE_REQUEST = "quote_request", _("quote request")
    MARKET = "market", _("market snapshot")


class FieldChoice(TextChoices):
    """Every field a filter may name."""

    EVENT = "event", _("event")
    EXCHANGE = "exchange", _("exchange")
    ACCOUNT = "account", _("account")
    GROUP = "group", _("control group")
    CUSTOMER = "customer", _("customer")
    COUNTER = "counter", _("counter")
    ACCESS_SYSTEM = "access_system", _("access system")
    SOURCE = "source", _("source address")
    CONTRACT = "contract", _("contract")
    PRODUCT = "product", _("product")
    BOARD = "board", _("board")
    SIDE = "side", _("side")
    ORDER_TYPE = "order_type", _("order type")
    TIF = "tif", _("time in force")
    OFFSET = "offset", _("open or close")
    ORDER_REF = "order_ref", _("order reference")
    TERMS = "terms", _("terms of the order")
    INDEX = "index", _("index")
    PRICE = "price", _("price (CNY)")
    QUANTITY = "quantity", _("quantity (shares)")
    AMOUNT = "amount", _("amount (CNY)")
    AGE_MS = "age_ms", _("age of the order (ms)")
    ORDER_QUANTITY_MAX = "order_quantity_max", _("contract's largest order (shares)")
    SELF_TRADE = "self_trade", _("self-trade")
    ST = "st", _("special treatment (ST)")
    MARKET_MAKER = "market_maker", _("market maker")
    HEDGE = "hedge", _("hedge")
    UNKNOWN_COUNTER = "unknown_counter", _("unknown counter")
    PHASE = "phase", _("trading phase")
    SEGMENT = "segment", _("segment (ST or other)")
    POOL = "pool", _("security pool")
    UNITS = "units", _("information units")
    LIVE_QUANTITY = "live_quantity", _("live quantity of the order")
    CANCELLED_QUANTITY = "cancelled_quantity", _("cancelled quantity")
    SIZE_PERCENT_MAX = "size_percent_max", _("quantity in % of the largest order")
    TICK_OK = "tick_ok", _("price on the tick")
    LOT_OK = "lot_ok", _("quantity in whole lots")
    HAS_PERMISSION = "has_permission", _("has permission")
    IS_OPENING = "is_opening", _("opens a position")
    IS_CLOSING = "is_closing", _("closes a position")
    IN_BEST5 = "in_best5", _("within the best five prices")
    OWN_LIVE_BEST5 = "own_live_best5", _("own live quantity in the best five")
    BEST5_QUANTITY = "best5_quantity", _("market's quantity in the best five")
    OWN_BEST5_PERCENT = "own_best5_percent", _("own share of the best five (%)")
    OWN_BEST5_AMOUNT = "own_best5_amount", _("own live amount in the best five (CNY)")
    OWN_LIVE_AT_PRICE = "own_live_at_price", _("own live quantity at the price")
    MARKET_AT_PRICE = "market_at_price", _("market's quantity at the price")
    OWN_AT_PRICE_PERCENT = "own_at_price_percent", _("own share at the price (%)")
    OWN_AT_PRICE_AMOUNT = "own_at_price_amount", _("own live amount at the price (CNY)")
    AT_LIMIT_PRICE = "at_limit_price", _("at the limit price")
    OFF_PREVIOUS_CLOSE_PERCENT = (
        "off_previous_close_percent",
        _("price off the previous close (%)"),
    )
    OFF_LAST_PERCENT = "off_last_percent", _("price off the last price (%)")
    CROSSES_OWN = "crosses_own", _("crosses an own order")
    REVERSES_OWN = "reverses_own", _("goes against own orders of the day")
    HAS_REVERSE_FILL = "has_reverse_fill", _("has a fill on the other side")
    IS_ACTIVE = "is_active", _("active side of the fill")
    LAST = "last", _("last price (CNY)")
    MARKET_VOLUME = "market_volume", _("market's volume of the day")
    MARKET_TURNOVER = "market_turnover", _("market's turnover of the day (CNY)")
    PREVIOUS_CLOSE = "previous_close", _("previous close (CNY)")
    MOVE_PERCENT = "move_percent", _("last price against the previous close (%)")
    MARKET_AT_LIMIT_BUY = "market_at_limit_buy", _("market's bids at the upper limit")
    MARKET_AT_LIMIT_SELL = "market_at_limit_sell", _("market's offers at the lower limit")
    MARKET_AT_LIMIT = "market_at_limit", _("market's quantity at the limit price")
    MARKET_AT_LIMIT_AMOUNT = "market_at_limit_amount", _("market's amount at the limit price (CNY)")
    VIRTUAL_OFF_PERCENT = (
        "virtual_off_percent",
        _("virtual price off the previous close (%)"),
    )
    IS_STALE_MARKET = "is_stale_market", _("market data is stale")
    SEVERE_VOLATILITY = "severe_volatility", _("severe abnormal volatility")
    POSITION = "position", _("position")
    GROUP_POSITION = "group_position", _("position of the control group")
    SELLABLE = "sellable", _("sellable quantity")
    OWN_LIVE_ORDERS = "own_live_orders", _("live orders of the account")
    AVAILABLE = "available", _("available funds (CNY)")
    EQUITY = "equity", _("equity (CNY)")
    MARGIN = "margin", _("margin (CNY)")
    RISK_PERCENT = "risk_percent", _("margin in % of equity")


KEY_CHOICES = [(key, FieldChoice(key).label) for key in KEYS]
VALUE_FIELD_CHOICES = [
    (code, FieldChoice(code).label)
    for code, field in FIELDS.items()
    if field.type is not FieldType.BOOLEAN
]
