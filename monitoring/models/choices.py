"""Choices of rules, from the closed lists of the engine; labels in the user's language."""

from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from riskgw.cep.fields import FIELDS, KEYS, FieldType


def in_language(texts: Mapping[str, Any], name: str) -> str:
    """The Chinese or the English of a pair such as name_zh and name_en; the other if missing."""
    endings = ("zh", "en") if (get_language() or "").startswith("zh") else ("en", "zh")
    return next((text for each in endings if (text := texts.get(f"{name}_{each}"))), "")


class OpChoice(TextChoices):
    COUNT = "count", _("count of events")
    SUM = "sum", _("sum of a field")
    DISTINCT = "distinct", _("distinct values of a field")
    LAST = "last", _("latest value of a field")
    MAX = "max", _("largest value of a field")
    RANGE = "range", _("largest minus smallest value")


class WindowChoice(TextChoices):
    INSTANT = "instant", _("this event")
    SLIDING = "sliding", _("sliding")
    DAY = "day", _("trading day")


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
    LIVE = "live", _("live")
    OFF = "off", _("off")


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


KEY_CHOICES = [(key, FieldChoice(key).label) for key in KEYS]
VALUE_FIELD_CHOICES = [
    (code, FieldChoice(code).label)
    for code, field in FIELDS.items()
    if field.type is not FieldType.BOOLEAN
]
