"""What people set: of a pair, a channel, a trader. A change is another one, in force at once."""

from collections.abc import Mapping
from enum import StrEnum

import msgspec

from quoting.domain.aggregation import Algorithm
from quoting.domain.auto_stop import StopRules
from quoting.domain.cleansing import CleansingRules
from quoting.domain.ladder import Level
from quoting.domain.limits import NO_LIMIT, Limit
from quoting.domain.spread import SpreadRules
from quoting.domain.words import Profile
from riskgw.kernel.times import NS_PER_SECOND

_MILLION = 1_000_000


class EditScope(StrEnum):
    """What goes manual with a cell whose price was typed; the others are withdrawn, not frozen."""

    CELL = "cell"
    SIDE = "side"
    PAIR = "pair"


class OnUnknown(StrEnum):
    """What follows where the channel does not answer: what should be is sent again, or nothing
    stands until it answered a withdrawal."""

    RESEND = "resend"
    WITHDRAW = "withdraw"


class DealMode(StrEnum):
    """Who answers requests."""

    AUTO = "auto"
    MANUAL = "manual"


class Ttls(msgspec.Struct, frozen=True):
    """How long something holds without news; 0 is for ever. `sources` overrides by data source."""

    source_ns: int = 4 * NS_PER_SECOND
    sources: Mapping[str, int] = {}
    publish_ns: int = 0
    manual_ns: int = 5 * 60 * NS_PER_SECOND


class DealRules(msgspec.Struct, frozen=True):
    """`tolerance`: ticks that the price may have moved either way, alike for and against us."""

    mode: DealMode = DealMode.AUTO
    tolerance: int = 0
    ticket_ns: int = 10 * NS_PER_SECOND


class PairSettings(msgspec.Struct, frozen=True):
    """One panel: a pair on a channel."""

    pair: str
    channel: str
    trader: str = ""
    group: str = ""
    profile: Profile = Profile.DEFAULT
    levels: tuple[Level, ...] = (
        Level(0, _MILLION), Level(1, _MILLION), Level(2, 5 * _MILLION), Level(3, 10 * _MILLION),
    )  # fmt: skip
    # What one chooses beside Feed, and the data sources behind it; the first choice is the default.
    choices: Mapping[str, tuple[str, ...]] = {}
    algorithm: Algorithm = Algorithm.BEST
    ranks: tuple[str, ...] = ()
    failback_ns: int = 5 * NS_PER_SECOND
    # How far bids of some may stand above asks of others before the market counts as crossed.
    cross_max: int = 0
    cleansing: CleansingRules = CleansingRules()
    spread: SpreadRules = SpreadRules()
    price_low: int = 1
    price_high: int = 1 << 50
    ttls: Ttls = Ttls()
    change_min: int = 1
    limit: Limit = NO_LIMIT
    breach_takes_both: bool = False
    unit_worth: int = 1
    edit_scope: EditScope = EditScope.CELL
    keeps_adjust: bool = True
    deals: DealRules = DealRules()
    stops: StopRules = StopRules()


class ChannelSettings(msgspec.Struct, frozen=True):
    """One way out. `confirm_ns`: how long an answer may take."""

    name: str
    per_second: int = 0
    burst: int = 1
    confirm_ns: int = NS_PER_SECOND
    on_unknown: OnUnknown = OnUnknown.RESEND
    limit: Limit = NO_LIMIT


class TraderSettings(msgspec.Struct, frozen=True):
    """`dead_man_ns`: so long without a sign of life, and the trader's pairs stop; 0 never."""

    name: str
    limit: Limit = NO_LIMIT
    dead_man_ns: int = 0


class BookSettings(msgspec.Struct, frozen=True):
    """Everything that the book is made from."""

    pairs: tuple[PairSettings, ...] = ()
    channels: tuple[ChannelSettings, ...] = ()
    traders: tuple[TraderSettings, ...] = ()
