"""Accounts: opened, shown, frozen, closed; balance and statement. Lists are in `listings`."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from rest_framework import serializers

from ledger.actions.accounts import (
    AccountDiffers,
    AccountUnknown,
    Description,
    NotEmpty,
    ParentUnknown,
    change_account,
    open_account,
)
from ledger.actions.durable import Busy
from ledger.api.fields import REASON_SIZE_MAX, AmountField, IdArguments, IdField
from ledger.api.results import (
    AccountResult,
    BalanceResult,
    LineResult,
    PeriodResult,
    account_shown,
    balance_shown,
    line_shown,
    period_shown,
)
from ledger.api.units import demand_account
from ledger.domain.account import ClosedForEver, Gesture
from ledger.domain.direction import Direction
from ledger.domain.money import AmountError, minor_units
from ledger.models import LedgerAccount
from ledger.queries import PAGE_SIZE_MAX, accounts_by_id, balance, balance_at, period, statement
from riskgw.web.fields import InstantField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.problems import FieldError, Problem, not_found

_UNKNOWN = "There is no such account."
_SCOPES = {"decreases": Gesture.FREEZE_DECREASES, "all": Gesture.FREEZE_ALL}


class OpenAccountArguments(IdArguments):
    """What the account is; none of it can be changed later."""

    currency = serializers.RegexField(r"\A[A-Z]{3}\Z")
    direction = serializers.ChoiceField([each.value for each in Direction])
    name = serializers.CharField(max_length=200)
    parent = IdField(required=False, allow_null=True)  # type: ignore[assignment]  # a field like any other
    overdraft = AmountField(required=False, default="0")


class GestureArguments(IdArguments):
    """Which account, and why."""

    reason = serializers.CharField(max_length=REASON_SIZE_MAX)
    scope = serializers.ChoiceField(list(_SCOPES), required=False, default="all")


class UnfreezeArguments(GestureArguments):
    """Which account, and why."""


class CloseAccountArguments(GestureArguments):
    """Which account, and why."""


class BalanceArguments(IdArguments):
    """Which account, and when; without a time, now."""

    at = InstantField(required=False)


class StatementArguments(IdArguments):
    """Which account, from which line, and how many."""

    from_seq = serializers.IntegerField(required=False, default=1, min_value=1)
    limit = serializers.IntegerField(
        required=False, default=100, min_value=1, max_value=PAGE_SIZE_MAX
    )


class PeriodArguments(IdArguments):
    """Which account, and the first and last posting date."""

    first = serializers.DateField()
    last = serializers.DateField()


class OpenAccount(Handler):
    """Open an account. The same request again answers the same."""

    arguments = OpenAccountArguments
    result = AccountResult
    status = HTTPStatus.CREATED

    def answer(self) -> Answer:
        try:
            account = open_account(self._wanted(), self.user.get_username())
        except ParentUnknown:
            raise _unprocessable("parent", "unknown_account", "No such parent.") from None
        except AccountDiffers:
            detail = "There is another account of this id."
            raise Problem(HTTPStatus.CONFLICT, "account_differs", detail) from None
        return self.rendered(account_shown(account))

    def _wanted(self) -> Description:
        values = self.values
        direction, overdraft = Direction(values["direction"]), _overdraft(values)
        if overdraft and direction is Direction.UNRESTRICTED:
            raise _unprocessable("overdraft", "unlimited", "Nothing limits this account.")
        return Description(
            values["id"],
            values["name"],
            values["currency"],
            direction,
            overdraft,
            values.get("parent"),
        )


class ShowAccount(Handler):
    """One account."""

    arguments = IdArguments
    result = AccountResult

    def answer(self) -> Answer:
        demand_account(self.user, self.values["id"])
        return self.rendered(account_shown(_found(self.values["id"])))


class FreezeAccount(Handler):
    """Refuse new tries, all or those that decrease; what was admitted goes its way."""

    arguments = GestureArguments
    result = AccountResult

    def answer(self) -> Answer:
        return _changed(self, _SCOPES[self.values["scope"]])


class UnfreezeAccount(Handler):
    """Take new tries again."""

    arguments = UnfreezeArguments
    result = AccountResult

    def answer(self) -> Answer:
        return _changed(self, Gesture.UNFREEZE)


class CloseAccount(Handler):
    """For ever; only when it is empty and nothing is on its way to it."""

    arguments = CloseAccountArguments
    result = AccountResult

    def answer(self) -> Answer:
        return _changed(self, Gesture.CLOSE)


class ShowBalance(Handler):
    """Posted, reserved and available in one consistent read, now or as they stood."""

    arguments = BalanceArguments
    result = BalanceResult

    def answer(self) -> Answer:
        demand_account(self.user, self.values["id"])
        at_ns, name = self.values.get("at"), self.values["id"]
        found = balance(name) if at_ns is None else balance_at(name, at_ns)
        if found is None:
            raise not_found(_UNKNOWN)
        return self.rendered(balance_shown(found))


class ShowStatement(Handler):
    """Statement lines from a number on, without gaps."""

    arguments = StatementArguments
    result = LineResult
    is_list = True

    def answer(self) -> Answer:
        demand_account(self.user, self.values["id"])
        account = _found(self.values["id"])
        lines = statement(account.pk, self.values["from_seq"], self.values["limit"])
        return self.rendered([line_shown(line, account.currency) for line in lines])


class ShowPeriod(Handler):
    """Opening balance, turnover and closing balance between two posting dates, both included."""

    arguments = PeriodArguments
    result = PeriodResult

    def answer(self) -> Answer:
        demand_account(self.user, self.values["id"])
        found = period(self.values["id"], self.values["first"], self.values["last"])
        if found is None:
            raise not_found(_UNKNOWN)
        return self.rendered(period_shown(found))


def _found(identifier: str) -> LedgerAccount:
    account = accounts_by_id([identifier]).get(identifier)
    if account is None:
        raise not_found(_UNKNOWN)
    return account


def _overdraft(values: dict[str, Any]) -> int:
    try:
        overdraft = minor_units(values["overdraft"], values["currency"])
    except AmountError as error:
        raise _unprocessable("overdraft", "not_an_amount", f"{error}.") from None
    if overdraft < 0:
        raise _unprocessable("overdraft", "negative", "A limit is zero or more.")
    return overdraft


def _unprocessable(field: str, code: str, detail: str) -> Problem:
    errors = [FieldError(field, code, detail)]
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, code, detail, errors)


_CONFLICTS: dict[type[Exception], Callable[[], Problem]] = {
    NotEmpty: lambda: Problem(
        HTTPStatus.CONFLICT, "not_empty", "Something stands on the account or is on its way."
    ),
    ClosedForEver: lambda: Problem(HTTPStatus.CONFLICT, "closed", "The account is closed."),
    Busy: lambda: Problem(
        HTTPStatus.SERVICE_UNAVAILABLE, "busy", "Transactions are under way; try again."
    ),
}


def _changed(handler: Handler, gesture: Gesture) -> Answer:
    values, by = handler.values, handler.user.get_username()
    try:
        account = change_account(values["id"], gesture, values["reason"], by)
    except AccountUnknown:
        raise not_found(_UNKNOWN) from None
    except tuple(_CONFLICTS) as refusal:
        problem = _CONFLICTS[type(refusal)]
        raise problem() from None
    return handler.rendered(account_shown(account))
