"""Gestures of the desk as commands of the live socket: prices are ticks, as on the screen."""

from abc import abstractmethod
from typing import Any

from rest_framework import serializers

from quoting.api.engine import NAME_MAX, TICKS_MAX, DoneResult, PairArguments, told
from quoting.domain.cell import PEOPLES, Gesture
from quoting.domain.events import (
    Alive,
    Enable,
    Feed,
    Release,
    Resize,
    StopAll,
    TicketAnswered,
    Touch,
)
from quoting.domain.ladder import SIZE_MAX
from quoting.domain.words import Side
from quoting.models.choices import SideChoice
from quoting.models.pair import LEVEL_MAX
from quoting.wire.desk import Gestures, Typed
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.web.handlers import Answer, Handler

GESTURES = sorted(each.value for each in PEOPLES)
TTL_SECONDS_MAX = 24 * 3600
COMMENT_MAX = 300


class TicksField(serializers.IntegerField):
    """A price in ticks."""

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=1, max_value=TICKS_MAX, **options)


class TouchArguments(PairArguments):
    """`value`: steps of a nudge, or the price of Enter; without a level the whole side."""

    gesture = serializers.ChoiceField(GESTURES)
    side = serializers.ChoiceField(SideChoice.values, required=False, allow_null=True)
    level = serializers.IntegerField(
        required=False, allow_null=True, min_value=0, max_value=LEVEL_MAX
    )
    value = serializers.IntegerField(
        required=False, allow_null=True, min_value=-TICKS_MAX, max_value=TICKS_MAX
    )


class FeedArguments(PairArguments):
    """Which choice of sources."""

    source = serializers.CharField(max_length=NAME_MAX)  # type: ignore[assignment]  # a field like any other


class ResizeArguments(PairArguments):
    """Another size for a level, a new level, or with size 0 none."""

    level = serializers.IntegerField(min_value=0, max_value=LEVEL_MAX)
    size = serializers.IntegerField(min_value=0, max_value=SIZE_MAX)


class ReleaseArguments(PairArguments):
    """Why it may quote again."""

    comment = serializers.CharField(max_length=COMMENT_MAX)


class EnableArguments(PairArguments):
    """A provider that is to be quoted from, or not."""

    source = serializers.CharField(max_length=NAME_MAX)  # type: ignore[assignment]  # a field like any other
    provider = serializers.CharField(max_length=NAME_MAX)
    is_enabled = serializers.BooleanField()


class TypeArguments(PairArguments):
    """A market price of one's own, good for so long; without prices it is taken back."""

    bid = TicksField(allow_null=True)
    ask = TicksField(allow_null=True)
    ttl_seconds = serializers.IntegerField(min_value=1, max_value=TTL_SECONDS_MAX, default=60)


class TicketArguments(PairArguments):
    """What the trader says; prices where they were asked for, or as a new offer."""

    ticket = serializers.CharField(max_length=NAME_MAX)
    accepts = serializers.BooleanField()
    bid = TicksField(required=False, allow_null=True)
    ask = TicksField(required=False, allow_null=True)


class GestureHandler(Handler):
    """One gesture, in the name of who asks."""

    result = DoneResult

    @abstractmethod
    def gesture(self, by: str) -> Gestures:
        """What the engine is told."""

    def answer(self) -> Answer:
        return self.rendered(told(self.gesture(self.user.get_username())))


class TouchCells(GestureHandler):
    """A gesture on a cell, a side, a level or the pair."""

    arguments = TouchArguments

    def gesture(self, by: str) -> Gestures:
        values = self.values
        side = values.get("side")
        return Touch(
            values["pair"],
            Gesture(values["gesture"]),
            Side(side) if side else None,
            values.get("level"),
            values.get("value"),
            by,
        )


class FeedPair(GestureHandler):
    """Quote automatically by this choice of sources."""

    arguments = FeedArguments

    def gesture(self, by: str) -> Gestures:
        return Feed(self.values["pair"], self.values["source"], by)


class ResizeLevel(GestureHandler):
    """Add a tier, change what a level quotes, or remove a tier."""

    arguments = ResizeArguments

    def gesture(self, by: str) -> Gestures:
        return Resize(self.values["pair"], self.values["level"], self.values["size"], by)


class StopBook(GestureHandler):
    """Withdraw everything on every channel, and stop."""

    def gesture(self, by: str) -> Gestures:
        return StopAll(by=by)


class ReleasePair(GestureHandler):
    """Let a pair that stopped by itself be started again; nothing starts by this."""

    arguments = ReleaseArguments

    def gesture(self, by: str) -> Gestures:
        return Release(self.values["pair"], by, self.values["comment"])


class EnableProvider(GestureHandler):
    """Quote from a provider, or not any more."""

    arguments = EnableArguments

    def gesture(self, by: str) -> Gestures:
        values = self.values
        return Enable(
            values["pair"], values["source"], values["provider"], values["is_enabled"], by
        )


class TypePrice(GestureHandler):
    """Be a data source oneself, for a while."""

    arguments = TypeArguments

    def gesture(self, by: str) -> Gestures:
        values = self.values
        ttl_ns = values["ttl_seconds"] * NS_PER_SECOND
        return Typed(values["pair"], values["bid"], values["ask"], ttl_ns, by)


class AnswerTicket(GestureHandler):
    """Accept or decline a request, or answer it with other prices."""

    arguments = TicketArguments

    def gesture(self, by: str) -> Gestures:
        values = self.values
        return TicketAnswered(
            values["pair"], values["ticket"], values["accepts"], by, values.get("bid"),
            values.get("ask"),
        )  # fmt: skip


class SayAlive(GestureHandler):
    """A trader's screen gives a sign of life."""

    def gesture(self, by: str) -> Gestures:
        return Alive(by)
