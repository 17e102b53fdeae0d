"""The words that events, rules and screens share."""

from enum import StrEnum


class Side(StrEnum):
    """Side of an order."""

    BUY = "buy"
    SELL = "sell"
    LEND = "lend"
    BORROW = "borrow"
    SUBSCRIBE = "subscribe"
    REDEEM = "redeem"


OPPOSITE = {Side.BUY: Side.SELL, Side.SELL: Side.BUY}


class EventKind(StrEnum):
    """What happened to an order: the first two go up to the exchange, the next five come down.

    Quotes and requests for them come from counters' feeds, market snapshots from the gateway.
    """

    ORDER = "order"
    CANCEL = "cancel"
    CONFIRM = "confirm"
    FILL = "fill"
    CANCELLED = "cancelled"
    REJECT = "reject"
    CANCEL_REJECT = "cancel_reject"
    QUOTE = "quote"
    QUOTE_CANCEL = "quote_cancel"
    QUOTE_REQUEST = "quote_request"
    MARKET = "market"


class OrderType(StrEnum):
    """How an order is priced."""

    LIMIT = "limit"
    MARKET = "market"
    OWN_BEST = "own_best"
    OPPOSITE_BEST = "opposite_best"
    BEST_FIVE = "best_five"


class TimeInForce(StrEnum):
    """How long an order lives."""

    DAY = "day"
    IOC = "ioc"
    FOK = "fok"
    AT_CROSSING = "at_crossing"


class Offset(StrEnum):
    """Whether an order opens or closes a position."""

    OPEN = "open"
    CLOSE = "close"


class Segment(StrEnum):
    """Which of the two sets of numbers stock rules have for a contract."""

    ST = "st"
    OTHER = "other"


class Pool(StrEnum):
    """Lists that a contract may stand on: what is bought, what only with care, what never."""

    INVESTMENT = "investment"
    RESTRICTED = "restricted"
    BANNED = "banned"


class Level(StrEnum):
    """Severity of an alert, rising."""

    WARN = "warn"
    RESTRICT = "restrict"
    LIMIT = "limit"


LEVELS_RISING = (Level.WARN, Level.RESTRICT, Level.LIMIT)
