"""Gestures by REST: addresses name the cell, prices are decimal text."""

from decimal import Decimal
from http import HTTPStatus
from typing import Any, ClassVar

from rest_framework import serializers

from quoting.api.engine import DoneResult, PairArguments, reached, refusal, told
from quoting.api.gestures import GestureHandler
from quoting.domain.cell import Gesture
from quoting.domain.digits import DECIMALS_MAX
from quoting.domain.events import Touch
from quoting.domain.words import Side
from quoting.models import Pair
from quoting.models.choices import SideChoice
from quoting.models.pair import LEVEL_MAX
from quoting.wire.desk import Gestures
from riskgw.web.handlers import Answer, Handler
from riskgw.web.problems import FieldError, Problem, not_found

STEPS_MAX = 1_000


class LevelField(serializers.IntegerField):
    """The number of a level.

    An error of Django's validators refers to itself, and by its traceback would keep the whole
    call until garbage is looked for; this one does not.
    """

    def to_internal_value(self, value: Any) -> int:
        number: int = super().to_internal_value(value)
        if not 0 <= number <= LEVEL_MAX:
            self.fail("max_value", max_value=LEVEL_MAX)
        return number


class CellArguments(PairArguments):
    """Which cell."""

    side = serializers.ChoiceField(SideChoice.values)
    level = LevelField()


class NudgeArguments(CellArguments):
    """So many steps up, below zero down."""

    steps = serializers.IntegerField(min_value=-STEPS_MAX, max_value=STEPS_MAX, default=1)


class PriceArguments(CellArguments):
    """A price of one's own; `start`: publish it also where the cell is stopped."""

    price = serializers.DecimalField(max_digits=28, decimal_places=DECIMALS_MAX)
    start = serializers.BooleanField(default=False)


class CellGesture(GestureHandler):
    """One gesture on one cell."""

    arguments = CellArguments
    what: ClassVar[Gesture]

    def gesture(self, by: str) -> Gestures:
        return self.touch(self.what, by)

    def touch(self, what: Gesture, by: str, value: int | None = None) -> Touch:
        values = self.values
        return Touch(values["pair"], what, Side(values["side"]), values["level"], value, by)


class StartCell(CellGesture):
    """Quote it."""

    what = Gesture.START


class StopCell(CellGesture):
    """Withdraw it; it is stopped."""

    what = Gesture.STOP


class ClearCell(CellGesture):
    """Withdraw it, and forget its price."""

    what = Gesture.CLEAR


class NudgeCell(CellGesture):
    """Move its price by steps: of an automatic one the spread, of a manual one the price."""

    arguments = NudgeArguments

    def gesture(self, by: str) -> Gestures:
        return self.touch(Gesture.NUDGE, by, self.values["steps"])


class PriceCell(CellGesture):
    """Give it a price of one's own; it goes manual."""

    arguments = PriceArguments

    def answer(self) -> Answer:
        by, ticks = self.user.get_username(), _ticks(self.values["pair"], self.values["price"])
        what = Gesture.ENTER_START if self.values["start"] else Gesture.ENTER
        told(self.touch(Gesture.DOUBLE_CLICK, by))
        done = reached(lambda link: link.do(self.touch(what, by, ticks)))
        if done.refused:
            # The desk leaves the editor open where a price is refused; here there is none.
            reached(lambda link: link.do(self.touch(Gesture.ESC, by)))
            raise refusal(done.refused[0])
        return self.rendered(done)


class StartPair(Handler):
    """Start every cell of the pair; which of them could not start is told."""

    arguments = PairArguments
    result = DoneResult

    def answer(self) -> Answer:
        return self.rendered(told(_whole(self, Gesture.START)))


class StopPair(Handler):
    """Withdraw and stop every cell of the pair."""

    arguments = PairArguments
    result = DoneResult

    def answer(self) -> Answer:
        return self.rendered(told(_whole(self, Gesture.STOP)))


def _whole(handler: Handler, gesture: Gesture) -> Touch:
    return Touch(handler.values["pair"], gesture, by=handler.user.get_username())


def _ticks(name: str, price: Decimal) -> int:
    decimals: int | None = Pair.objects.filter(name=name).values_list("decimals", flat=True).first()
    if decimals is None:
        raise not_found("There is no such currency pair.")
    ticks = price.scaleb(decimals)
    if ticks % 1 or ticks <= 0:
        detail = f"A price of {name} is above zero and has at most {decimals} decimals."
        errors = [FieldError("price", "not_a_price", detail)]
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "not_a_price", detail, errors)
    return int(ticks)
