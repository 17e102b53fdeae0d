"""Values of the quoting columns and what people call them."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quoting.domain.cell import Gesture
from quoting.domain.cleansing import Rule
from quoting.domain.engine_settings import Confirm
from quoting.domain.settings import DealMode, EditScope, OnUnknown
from quoting.domain.source_settings import SourceKind
from quoting.domain.words import Profile, Reason, Side


class SideChoice(models.TextChoices):
    """Whose price."""

    BID = Side.BID.value, pgettext_lazy("side of a quote", "bid")
    ASK = Side.ASK.value, pgettext_lazy("side of a quote", "offer")


class ProfileChoice(models.TextChoices):
    """By which state tables cells move."""

    DEFAULT = Profile.DEFAULT.value, _("as traders expect")
    SOURCE = Profile.SOURCE.value, _("figures of the source to the letter")


class EditScopeChoice(models.TextChoices):
    """What goes manual with a price that is typed."""

    CELL = EditScope.CELL.value, _("the cell alone")
    SIDE = EditScope.SIDE.value, _("the whole side")
    PAIR = EditScope.PAIR.value, _("the whole pair")


class DealModeChoice(models.TextChoices):
    """Who answers requests."""

    AUTO = DealMode.AUTO.value, pgettext_lazy("deal mode", "automatic")
    MANUAL = DealMode.MANUAL.value, pgettext_lazy("deal mode", "by ticket")


class OnUnknownChoice(models.TextChoices):
    """What follows where a channel does not answer."""

    RESEND = OnUnknown.RESEND.value, _("send the price again")
    WITHDRAW = OnUnknown.WITHDRAW.value, _("withdraw")


class ConfirmChoice(models.TextChoices):
    """When a channel has a quote."""

    ACK = Confirm.ACK.value, _("once it says so")
    WRITE = Confirm.WRITE.value, _("once it is written")


class SourceKindChoice(models.TextChoices):
    """The shapes that data sources come in."""

    CMDS = SourceKind.CMDS.value, _("market data by FIX (CMDS-like)")
    REUTERS = SourceKind.REUTERS.value, _("JSON over WebSocket (Reuters-like)")
    BANK = SourceKind.BANK.value, _("tiered stream of a single bank")
    MANUAL = SourceKind.MANUAL.value, _("typed by a dealer")
    TAPE = SourceKind.TAPE.value, _("tape")


class ScopeChoice(models.TextChoices):
    """Whose limit."""

    PAIR = "pair", _("currency pair")
    TRADER = "trader", _("trader")
    CHANNEL = "channel", pgettext_lazy("quoting", "channel")


class AnswerChoice(models.TextChoices):
    """What a channel said to a message."""

    NONE = "", _("no answer yet")
    ACKNOWLEDGED = "acknowledged", _("confirmed")
    REJECTED = "rejected", pgettext_lazy("quote", "rejected")
    LOST = "lost", _("never answered")


class RuleChoice(models.TextChoices):
    """The test of cleansing that a price failed."""

    PARSE = Rule.PARSE.value, _("unreadable")
    SCALE = Rule.SCALE.value, _("decimal point or scale")
    CROSSED = Rule.CROSSED.value, _("crossed")
    LOCKED = Rule.LOCKED.value, _("bid equals offer")
    MIN_SPREAD = Rule.MIN_SPREAD.value, _("spread too small")
    MAX_SPREAD = Rule.MAX_SPREAD.value, _("spread too large")
    JUMP = Rule.JUMP.value, _("jump")
    VOLATILITY_JUMP = Rule.VOLATILITY_JUMP.value, _("jump beside its volatility")
    OUTLIER = Rule.OUTLIER.value, _("far from the other providers")
    LATE = Rule.LATE.value, _("old on arrival")
    PROVIDERS = Rule.PROVIDERS.value, _("too many providers")


class ActChoice(models.TextChoices):
    """What people did at the desk, and what the book did by itself."""

    START = Gesture.START.value, _("start")
    STOP = Gesture.STOP.value, _("stop")
    CLEAR = Gesture.CLEAR.value, _("withdraw and clear")
    NUDGE = Gesture.NUDGE.value, _("nudge")
    DOUBLE_CLICK = Gesture.DOUBLE_CLICK.value, _("open the editor")
    ENTER = Gesture.ENTER.value, _("save a price")
    ENTER_START = Gesture.ENTER_START.value, _("save a price and start")
    ESC = Gesture.ESC.value, _("cancel the editor")
    AUTO = Gesture.AUTO.value, _("to automatic")
    KEEP = Gesture.KEEP.value, _("keep a manual price")
    FEED = Gesture.FEED.value, _("feed")
    RESIZE = "resize", _("change a tier")
    STOP_ALL = "stop_all", _("stop all")
    HALT = "halt", _("halt")
    RELEASE = "release", _("release")
    ENABLE = "enable", _("enable a provider")
    DISABLE = "disable", _("disable a provider")
    TYPE = "type", _("type a market price")
    ACCEPT = "accept", _("accept a ticket")
    DECLINE = "decline", _("decline a ticket")
    CONFIGURE = "configure", _("settings in force")
    INSTRUCT = "instruct", _("instruction of a strategy")
    STOPPED = "stopped", _("stopped by itself")
    BREACHED = "breached", _("limit breached")


class ReasonChoice(models.TextChoices):
    """Why a cell does not quote, or why something was refused."""

    NONE = Reason.NONE.value, _("none")
    NO_PRICE = Reason.NO_PRICE.value, _("There is no price.")
    NO_SOURCE = Reason.NO_SOURCE.value, _("No data source has a price.")
    NO_DEPTH = Reason.NO_DEPTH.value, _("The market is not deep enough for the size.")
    STALE = Reason.STALE.value, _("The market price is too old.")
    CROSSED = Reason.CROSSED.value, _("It would cross the other side.")
    INVERTED = Reason.INVERTED.value, _("It would be better than the level before it.")
    OUTLIER = Reason.OUTLIER.value, _("The market price was not believed.")
    DISABLED = Reason.DISABLED.value, _("The provider is disabled.")
    DOWN = Reason.DOWN.value, _("The link to the data source is down.")
    PRICE_BAND = Reason.PRICE_BAND.value, _("The price is outside of what is allowed.")
    MIN_SPREAD = Reason.MIN_SPREAD.value, _("The spread would be too small.")
    MAX_SPREAD = Reason.MAX_SPREAD.value, _("The spread would be too large.")
    OFF_GRID = Reason.OFF_GRID.value, _("The price is no multiple of the price step.")
    PUBLISH_TTL = Reason.PUBLISH_TTL.value, _("The published price ran out.")
    MANUAL_TTL = Reason.MANUAL_TTL.value, _("The manual price ran out.")
    SINGLE_LIMIT = Reason.SINGLE_LIMIT.value, _("The limit of a single quote is exceeded.")
    NET_LIMIT = Reason.NET_LIMIT.value, _("The limit of the net position is exceeded.")
    GROSS_LIMIT = Reason.GROSS_LIMIT.value, _("The limit of all that is quoted is exceeded.")
    STOPPED = Reason.STOPPED.value, _("It is stopped.")
    CLEARED = Reason.CLEARED.value, _("It was cleared.")
    SAVED_ELSEWHERE = Reason.SAVED_ELSEWHERE.value, _("A price was saved elsewhere.")
    DEAD_MAN = Reason.DEAD_MAN.value, _("The trader's screen gave no sign of life.")
    NOT_EDITING = Reason.NOT_EDITING.value, _("The editor is not open.")
    NOT_OFFERED = Reason.NOT_OFFERED.value, _("This is not offered here.")
    NOTHING_TO_KEEP = Reason.NOTHING_TO_KEEP.value, _("There is nothing to keep.")
    NO_EFFECT = Reason.NO_EFFECT.value, _("It would change nothing.")
    UNKNOWN_CELL = Reason.UNKNOWN_CELL.value, _("There is no such level.")
    UNKNOWN_PAIR = Reason.UNKNOWN_PAIR.value, _("There is no such currency pair.")
    UNKNOWN_SOURCE = Reason.UNKNOWN_SOURCE.value, _("There is no such data source.")
    OUT_OF_USE = Reason.OUT_OF_USE.value, _("The pair was taken out of use.")
    BEST_STAYS = Reason.BEST_STAYS.value, _("The best level stays.")
    SIZE_TAKEN = Reason.SIZE_TAKEN.value, _("Another level has this size.")
    BAD_SIZE = Reason.BAD_SIZE.value, _("This is no size.")
    TOO_MANY_LEVELS = Reason.TOO_MANY_LEVELS.value, _("There are too many levels.")
    CHANNEL_DOWN = Reason.CHANNEL_DOWN.value, _("The channel is down.")
    REJECTED = Reason.REJECTED.value, _("The channel rejected it.")
    UNCONFIRMED = Reason.UNCONFIRMED.value, _("The channel does not answer.")
    RECONCILED = Reason.RECONCILED.value, _("The channel came up and was cleared.")
    RESTRICTED = Reason.RESTRICTED.value, _("Quoting is restricted.")
    LOSS = Reason.LOSS.value, _("More was lost than is allowed.")
    FILL_BURST = Reason.FILL_BURST.value, _("There were too many deals at once.")
    ONE_SIDED = Reason.ONE_SIDED.value, _("There were too many deals on one side.")
    REJECT_BURST = Reason.REJECT_BURST.value, _("The channel rejected too many quotes.")
    FEED_LOSS = Reason.FEED_LOSS.value, _("There was no market price for too long.")
    CLOCK_JUMP = Reason.CLOCK_JUMP.value, _("The clock went back.")
    NOT_LOGGED = Reason.NOT_LOGGED.value, _("What is decided cannot be logged.")
    RELEASED = Reason.RELEASED.value, _("It was released.")
    NOT_QUOTED = Reason.NOT_QUOTED.value, _("There is no quote for this size.")
    TOO_LARGE = Reason.TOO_LARGE.value, _("The size is beyond the limits.")
    PRICE_MOVED = Reason.PRICE_MOVED.value, _("The price has moved.")
    PRICE_NOT_OURS = Reason.PRICE_NOT_OURS.value, _("The price was not ours.")
    TIMED_OUT = Reason.TIMED_OUT.value, _("Nobody answered in time.")
    BY_TRADER = Reason.BY_TRADER.value, _("The trader declined.")
    TOO_MANY_TICKETS = Reason.TOO_MANY_TICKETS.value, _("Too many tickets are open.")
    UNKNOWN_TICKET = Reason.UNKNOWN_TICKET.value, _("There is no such ticket.")


def reason_text(reason: str) -> str:
    """For people, in their language; a word that is newer than this list stands for itself."""
    try:
        return str(ReasonChoice(reason).label)
    except ValueError:
        return reason
