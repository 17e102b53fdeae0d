"""The words that quoting, its wire and its screens share."""

from enum import StrEnum


class Side(StrEnum):
    """Whose price: a bid buys the base currency, an ask sells it."""

    BID = "bid"
    ASK = "ask"


SIDES = (Side.BID, Side.ASK)
OTHER_SIDE = {Side.BID: Side.ASK, Side.ASK: Side.BID}
# What widening a spread does to a price of the side.
OUTWARD = {Side.BID: -1, Side.ASK: 1}


class Mode(StrEnum):
    """Who makes the price."""

    AUTO = "auto"
    MANUAL = "manual"


class Profile(StrEnum):
    """The figures of the source (CN113112365A) to the letter, or as a trader expects them."""

    SOURCE = "source"
    DEFAULT = "default"


class Quality(StrEnum):
    """What a provider's prices are good for; only OK ones are quoted from."""

    OK = "ok"
    STALE = "stale"
    CROSSED = "crossed"
    OUTLIER = "outlier"
    DISABLED = "disabled"
    DOWN = "down"


class Reason(StrEnum):
    """Why a cell does not quote, or why something was refused. Texts are the screens' business."""

    NONE = ""
    # prices
    NO_PRICE = "no_price"
    NO_SOURCE = "no_source"
    NO_DEPTH = "no_depth"
    STALE = "stale"
    CROSSED = "crossed"
    INVERTED = "inverted"
    OUTLIER = "outlier"
    DISABLED = "disabled"
    DOWN = "down"
    PRICE_BAND = "price_band"
    MIN_SPREAD = "min_spread"
    MAX_SPREAD = "max_spread"
    OFF_GRID = "off_grid"
    PUBLISH_TTL = "publish_ttl"
    MANUAL_TTL = "manual_ttl"
    # limits
    SINGLE_LIMIT = "single_limit"
    NET_LIMIT = "net_limit"
    GROSS_LIMIT = "gross_limit"
    # people
    STOPPED = "stopped"
    CLEARED = "cleared"
    SAVED_ELSEWHERE = "saved_elsewhere"
    DEAD_MAN = "dead_man"
    NOT_EDITING = "not_editing"
    NOT_OFFERED = "not_offered"
    NOTHING_TO_KEEP = "nothing_to_keep"
    NO_EFFECT = "no_effect"
    # levels
    UNKNOWN_CELL = "unknown_cell"
    UNKNOWN_PAIR = "unknown_pair"
    UNKNOWN_SOURCE = "unknown_source"
    OUT_OF_USE = "out_of_use"
    BEST_STAYS = "best_stays"
    SIZE_TAKEN = "size_taken"
    BAD_SIZE = "bad_size"
    TOO_MANY_LEVELS = "too_many_levels"
    # channel
    CHANNEL_DOWN = "channel_down"
    REJECTED = "rejected"
    UNCONFIRMED = "unconfirmed"
    RECONCILED = "reconciled"
    # stops
    RESTRICTED = "restricted"
    LOSS = "loss"
    FILL_BURST = "fill_burst"
    ONE_SIDED = "one_sided"
    REJECT_BURST = "reject_burst"
    FEED_LOSS = "feed_loss"
    CLOCK_JUMP = "clock_jump"
    NOT_LOGGED = "not_logged"
    RELEASED = "released"
    # deals
    NOT_QUOTED = "not_quoted"
    TOO_LARGE = "too_large"
    PRICE_MOVED = "price_moved"
    PRICE_NOT_OURS = "price_not_ours"
    TIMED_OUT = "timed_out"
    BY_TRADER = "by_trader"
    TOO_MANY_TICKETS = "too_many_tickets"
    UNKNOWN_TICKET = "unknown_ticket"


QUALITY_REASONS = {
    Quality.OK: Reason.NONE,
    Quality.STALE: Reason.STALE,
    Quality.CROSSED: Reason.CROSSED,
    Quality.OUTLIER: Reason.OUTLIER,
    Quality.DISABLED: Reason.DISABLED,
    Quality.DOWN: Reason.DOWN,
}
