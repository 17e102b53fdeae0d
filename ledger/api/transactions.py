"""Transactions: try, confirm, cancel, many at once, reversed, shown."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Annotated, Any

from msgspec import Meta, Struct
from rest_framework import serializers

from ledger.actions.cancel import cancel
from ledger.actions.combiner import BatchLost, TooBusy
from ledger.actions.confirm import confirm
from ledger.actions.reverse import reverse
from ledger.actions.try_transactions import AlreadyReversed, Answered, Outcome, try_transactions
from ledger.api.fields import AmountField, IdArguments, IdField
from ledger.api.plain import PlainId, PlainItem, PlainTry, is_plain
from ledger.api.results import (
    BulkResult,
    StateResult,
    TransactionResult,
    TryResult,
    transaction_shown,
    try_shown,
)
from ledger.api.units import demand_own, demand_tries
from ledger.domain.acceptance import Unacceptable, Wanted, WantedLeg
from ledger.domain.direction import Side
from ledger.domain.legs import LEGS_MAX
from ledger.domain.rights import Ask
from ledger.domain.transaction import IllegalStep, State, UnknownTransaction
from ledger.models.transaction import MEMO_SIZE_MAX
from ledger.queries import transaction_of
from riskgw.web.handlers import Answer, Handler
from riskgw.web.problems import FieldError, Problem, not_found

BULK_MAX = 1000
_MEMO = {"memo": ""}
_UNKNOWN = "There is no such transaction."


class LegArguments(serializers.Serializer[Any]):
    """An amount in the account's currency."""

    account = IdField()
    side = serializers.ChoiceField([each.value for each in Side])
    amount = AmountField()
    currency = serializers.CharField(required=False, max_length=3)


class TryArguments(IdArguments):
    """The legs, which balance in each currency."""

    legs = LegArguments(many=True, allow_empty=False, max_length=LEGS_MAX)  # type: ignore[call-arg]  # the list's
    value_date = serializers.DateField(required=False, allow_null=True)
    memo = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=MEMO_SIZE_MAX
    )


class BulkItemArguments(TryArguments):
    """A try, perhaps confirmed in the same commit."""

    confirm = serializers.BooleanField(required=False, default=False)


class PlainBulk(Struct, forbid_unknown_fields=True):
    """As most programs send them."""

    items: Annotated[list[PlainItem], Meta(min_length=1, max_length=BULK_MAX)]


class BulkArguments(serializers.Serializer[Any]):
    """Many at once; each has its own answer."""

    items = BulkItemArguments(many=True, allow_empty=False, max_length=BULK_MAX)  # type: ignore[call-arg]  # the list's


class ReverseArguments(IdArguments):
    """Which transaction to take back, and the id of the one that does it."""

    transaction = IdField()
    memo = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=MEMO_SIZE_MAX
    )


class TryTransaction(Handler):
    """Try: the same id and body get the same verdict for ever."""

    arguments = TryArguments
    result = TryResult
    is_express = is_waiting = True

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        return {**_MEMO, **given} if is_plain(given, PlainTry) else super().read(given)

    def answer(self) -> Answer:
        return Answer(try_shown(_settled(_tried(self, [self.values])[0])))


class BulkTry(Handler):
    """Up to 1,000 tries, each as if it had been asked alone."""

    arguments = BulkArguments
    result = BulkResult
    is_express = True

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        if not is_plain(given, PlainBulk):
            return super().read(given)
        return {"items": [_MEMO | item for item in given["items"]]}

    def answer(self) -> Answer:
        items = self.values["items"]
        answers = _tried(self, items)
        found = [_item(each["id"], answer) for each, answer in zip(items, answers, strict=True)]
        return Answer({"items": found})


class ConfirmTransaction(Handler):
    """Confirm: cannot be refused once the try was let in."""

    arguments = IdArguments
    result = StateResult
    is_express = is_waiting = True

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        return dict(given) if is_plain(given, PlainId) else super().read(given)

    def answer(self) -> Answer:
        demand_own(self.user, Ask.CONFIRM, self.values["id"])
        return _stepped(self, confirm)


class CancelTransaction(Handler):
    """Cancel: also before the try, which then finds itself cancelled."""

    arguments = IdArguments
    result = StateResult
    is_express = is_waiting = True

    @classmethod
    def read(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        return dict(given) if is_plain(given, PlainId) else super().read(given)

    def answer(self) -> Answer:
        demand_own(self.user, Ask.CANCEL, self.values["id"])
        return _stepped(self, cancel)


class ReverseTransaction(Handler):
    """A new transaction that moves everything back; it may be refused like any other."""

    arguments = ReverseArguments
    result = TryResult

    def answer(self) -> Answer:
        values, by = self.values, self.user.get_username()
        try:
            found = reverse(values["id"], values["transaction"], values["memo"], by)
        except UnknownTransaction:
            raise not_found(_UNKNOWN) from None
        except IllegalStep as refusal:
            raise _conflict("not_confirmed", str(refusal)) from None
        return self.rendered(try_shown(_settled(found)))


class ShowTransaction(Handler):
    """One transaction, with its posting messages and all that happened to it."""

    arguments = IdArguments
    result = TransactionResult

    def answer(self) -> Answer:
        demand_own(self.user, Ask.READ, self.values["id"])
        found = transaction_of(self.values["id"])
        if found is None:
            raise not_found(_UNKNOWN)
        return self.rendered(transaction_shown(found))


def _tried(handler: Handler, items: list[Mapping[str, Any]]) -> list[Answered]:
    confirmed = frozenset(each["id"] for each in items if each.get("confirm"))
    by = handler.user.get_username()
    wanted = [wanted_of(each) for each in items]
    demand_tries(handler.user, wanted, is_confirming=bool(confirmed))
    try:
        return try_transactions(wanted, by, confirmed)
    except (TooBusy, BatchLost) as error:
        raise _busy(error) from None


def wanted_of(values: Mapping[str, Any]) -> Wanted:
    legs = [
        WantedLeg(leg["account"], Side(leg["side"]), leg["amount"], leg.get("currency"))
        for leg in values["legs"]
    ]
    return Wanted(values["id"], legs, values.get("value_date"), values["memo"])


def _settled(answer: Answered) -> Outcome:
    if not isinstance(answer, Outcome):
        raise problem_of_try(answer)
    return answer


def _item(identifier: str, answer: Answered) -> dict[str, Any]:
    if isinstance(answer, Outcome):
        return {"id": identifier, "status": HTTPStatus.OK.value, "body": try_shown(answer)}
    problem = problem_of_try(answer)
    return {"id": identifier, "status": problem.status.value, "body": problem.json()}


def problem_of_try(fault: Exception) -> Problem:
    if isinstance(fault, Unacceptable):
        errors = [FieldError(each.field, each.code, each.detail) for each in fault.faults]
        detail = "The transaction makes no sense."
        return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "unacceptable", detail, errors)
    if isinstance(fault, AlreadyReversed):
        return _conflict("already_reversed", f"{fault}.")
    return _conflict("body_differs", "There is another transaction of this id.")


def _busy(error: Exception) -> Problem:
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "busy", f"{error}.")


def _conflict(code: str, detail: str) -> Problem:
    return Problem(HTTPStatus.CONFLICT, code, detail)


def _stepped(handler: Handler, step: Callable[[str, str], State]) -> Answer:
    try:
        state = step(handler.values["id"], handler.user.get_username())
    except UnknownTransaction:
        raise not_found(_UNKNOWN) from None
    except IllegalStep as refusal:
        raise _conflict("gone_another_way", f"{refusal}.") from None
    except (TooBusy, BatchLost) as error:
        raise _busy(error) from None
    return Answer({"state": state.value})
