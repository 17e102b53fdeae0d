"""Vouchers and overdraft permits: proposed by one person, decided by another."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from http import HTTPStatus
from typing import Any

from django.db.models import QuerySet
from rest_framework import serializers

from ledger.actions.accounts import AccountUnknown
from ledger.actions.book_vouchers import decide_voucher
from ledger.actions.decide_permit import InUse, PermitOver, decide_permit
from ledger.actions.proposals import ProposalDiffers, ProposalUnknown
from ledger.actions.propose import WantedPermit, propose_permit, propose_voucher
from ledger.api.fields import AmountField, IdArguments, IdField
from ledger.api.listings import legs_shown
from ledger.api.results import LegResult
from ledger.api.transactions import TryArguments, problem_of_try, wanted_of
from ledger.domain.acceptance import Unacceptable
from ledger.domain.account import ClosedForEver
from ledger.domain.money import money_text
from ledger.domain.proposals import (
    AlreadyDecided,
    NotYours,
    ProposalGesture,
    ProposalState,
    SecondPersonNeeded,
)
from ledger.models import LedgerAccount, OverdraftPermit, Voucher
from ledger.models.proposal import REASON_SIZE_MAX
from ledger.queries import accounts_by_id
from riskgw.kernel.times import utc_datetime
from riskgw.web.fields import InstantField
from riskgw.web.handlers import Answer, Handler
from riskgw.web.lists import ListArguments, Page, PageResult, page
from riskgw.web.problems import FieldError, Problem, not_found

NEWEST_FIRST = ("-proposed_at", "id")
_time = partial(serializers.DateTimeField, default_timezone=UTC)


class ProposalFilters(ListArguments):
    """Filters; all that are given must hold."""

    state = serializers.ChoiceField([each.value for each in ProposalState], required=False)
    by = serializers.CharField(required=False, max_length=150)


class ProposeVoucherArguments(TryArguments):
    """A transaction by hand, and why. The same number again is the same voucher."""

    reason = serializers.CharField(max_length=REASON_SIZE_MAX)


class ProposePermitArguments(IdArguments):
    """Another overdraft limit for an account, and why; without a time, for ever."""

    account = IdField()
    limit = AmountField()
    expires_at = InstantField(required=False, allow_null=True)
    reason = serializers.CharField(max_length=REASON_SIZE_MAX)


class ReasonMayBeArguments(IdArguments):
    """Which one; a reason may be given."""

    reason = serializers.CharField(
        required=False, allow_blank=True, default="", max_length=REASON_SIZE_MAX
    )


class ReasonMustBeArguments(IdArguments):
    """Which one, and why."""

    reason = serializers.CharField(max_length=REASON_SIZE_MAX)


class ApproveVoucherArguments(ReasonMayBeArguments):
    """Which voucher; a reason may be given."""


class RejectVoucherArguments(ReasonMustBeArguments):
    """Which voucher, and why."""


class WithdrawVoucherArguments(ReasonMayBeArguments):
    """Which voucher; a reason may be given."""


class ApprovePermitArguments(ReasonMayBeArguments):
    """Which permit; a reason may be given."""


class RejectPermitArguments(ReasonMustBeArguments):
    """Which permit, and why."""


class WithdrawPermitArguments(ReasonMayBeArguments):
    """Which permit; a reason may be given."""


class ProposalStepResult(serializers.Serializer[Any]):
    """One thing that happened to a proposal."""

    what = serializers.ChoiceField([each.value for each in ProposalState])
    at = _time()
    by = serializers.CharField(allow_null=True)
    reason = serializers.CharField(allow_null=True)


class ProposalResult(serializers.Serializer[Any]):
    """What vouchers and permits have in common."""

    id = serializers.CharField()
    state = serializers.ChoiceField([each.value for each in ProposalState])
    reason = serializers.CharField()
    proposed_by = serializers.CharField()
    proposed_at = _time()
    decided_by = serializers.CharField(allow_null=True)
    decided_at = _time(allow_null=True)
    decision_reason = serializers.CharField(allow_null=True)
    history = ProposalStepResult(many=True)


class VoucherResult(ProposalResult):
    """A voucher; once booked, its transaction has the same id."""

    legs = LegResult(many=True)
    value_date = serializers.DateField(allow_null=True)
    memo = serializers.CharField()
    refusal = serializers.CharField(allow_null=True)


class PermitResult(ProposalResult):
    """A permit; `before` is the limit that comes back when its time is over."""

    account = serializers.CharField()
    currency = serializers.CharField()
    limit = serializers.CharField()
    before = serializers.CharField(allow_null=True)
    expires_at = _time(allow_null=True)


class VoucherPage(PageResult):
    """Newest first."""

    results = VoucherResult(many=True)


class PermitPage(PageResult):
    """Newest first."""

    results = PermitResult(many=True)


class ListVouchers(Handler):
    """Vouchers, newest first."""

    arguments = ProposalFilters
    result = VoucherPage

    def answer(self) -> Answer:
        rows = Voucher.objects.filter(**_columns(self.values))
        found = page(rows, NEWEST_FIRST, self.values.get("cursor"))
        names = (leg["account"] for row in found.results for leg in row.legs)
        accounts = accounts_by_id(names)
        return self.rendered(Page(found.next, [_voucher(row, accounts) for row in found.results]))


class ListPermits(Handler):
    """Overdraft permits, newest first."""

    arguments = ProposalFilters
    result = PermitPage

    def answer(self) -> Answer:
        rows: QuerySet[OverdraftPermit] = OverdraftPermit.objects.select_related("account")
        found = page(rows.filter(**_columns(self.values)), NEWEST_FIRST, self.values.get("cursor"))
        return self.rendered(Page(found.next, [_permit(row) for row in found.results]))


class ProposeVoucher(Handler):
    """Propose a transaction by hand; nothing moves before another person has approved it."""

    arguments = ProposeVoucherArguments
    result = VoucherResult
    status = HTTPStatus.CREATED

    def answer(self) -> Answer:
        wanted, reason = wanted_of(self.values), self.values["reason"]
        by = self.user.get_username()
        voucher = _refusing(lambda: propose_voucher(wanted, reason, by))
        return self.rendered(_shown_voucher(voucher))


class ProposePermit(Handler):
    """Propose another overdraft limit; it is in force once another person has approved it."""

    arguments = ProposePermitArguments
    result = PermitResult
    status = HTTPStatus.CREATED

    def answer(self) -> Answer:
        values, by = self.values, self.user.get_username()
        until = values.get("expires_at")
        wanted = WantedPermit(
            values["id"],
            values["account"],
            values["limit"],
            None if until is None else utc_datetime(until),
        )
        permit = _refusing(lambda: propose_permit(wanted, values["reason"], by))
        return self.rendered(_permit(permit))


class ShowVoucher(Handler):
    """One voucher with what became of it."""

    arguments = IdArguments
    result = VoucherResult

    def answer(self) -> Answer:
        voucher = Voucher.objects.filter(pk=self.values["id"]).first()
        if voucher is None:
            raise not_found(_UNKNOWN)
        return self.rendered(_shown_voucher(voucher))


class ShowPermit(Handler):
    """One permit with what became of it."""

    arguments = IdArguments
    result = PermitResult

    def answer(self) -> Answer:
        permit = OverdraftPermit.objects.filter(pk=self.values["id"]).first()
        if permit is None:
            raise not_found(_UNKNOWN)
        return self.rendered(_permit(permit))


class ApproveVoucher(Handler):
    """Book it; only for another person than who proposed it. The ledger may refuse it."""

    arguments = ApproveVoucherArguments
    result = VoucherResult

    def answer(self) -> Answer:
        return _voucher_decided(self, ProposalGesture.APPROVE)


class RejectVoucher(Handler):
    """It will not be booked; only for another person than who proposed it."""

    arguments = RejectVoucherArguments
    result = VoucherResult

    def answer(self) -> Answer:
        return _voucher_decided(self, ProposalGesture.REJECT)


class WithdrawVoucher(Handler):
    """Take it back before it is decided; only for who proposed it."""

    arguments = WithdrawVoucherArguments
    result = VoucherResult

    def answer(self) -> Answer:
        return _voucher_decided(self, ProposalGesture.WITHDRAW)


class ApprovePermit(Handler):
    """Change the account's limit; only for another person than who proposed it."""

    arguments = ApprovePermitArguments
    result = PermitResult

    def answer(self) -> Answer:
        return _permit_decided(self, ProposalGesture.APPROVE)


class RejectPermit(Handler):
    """The limit stays as it is; only for another person than who proposed it."""

    arguments = RejectPermitArguments
    result = PermitResult

    def answer(self) -> Answer:
        return _permit_decided(self, ProposalGesture.REJECT)


class WithdrawPermit(Handler):
    """Take it back before it is decided; only for who proposed it."""

    arguments = WithdrawPermitArguments
    result = PermitResult

    def answer(self) -> Answer:
        return _permit_decided(self, ProposalGesture.WITHDRAW)


def _voucher_decided(handler: Handler, gesture: ProposalGesture) -> Answer:
    values, by = handler.values, handler.user.get_username()
    voucher = _refusing(lambda: decide_voucher(values["id"], gesture, values["reason"], by))
    return handler.rendered(_shown_voucher(voucher))


def _permit_decided(handler: Handler, gesture: ProposalGesture) -> Answer:
    values, by = handler.values, handler.user.get_username()
    permit = _refusing(lambda: decide_permit(values["id"], gesture, values["reason"], by))
    return handler.rendered(_permit(permit))


_UNKNOWN = "There is no such proposal."
_REFUSALS: dict[type[Exception], tuple[HTTPStatus, str, str]] = {
    ProposalUnknown: (HTTPStatus.NOT_FOUND, "not_found", _UNKNOWN),
    SecondPersonNeeded: (
        HTTPStatus.FORBIDDEN, "second_person", "Nobody decides what they proposed themselves.",
    ),
    NotYours: (HTTPStatus.FORBIDDEN, "not_yours", "Only who proposed it takes it back."),
    AlreadyDecided: (HTTPStatus.CONFLICT, "decided", "It has been decided already."),
    ProposalDiffers: (
        HTTPStatus.CONFLICT, "body_differs", "There is something else of this number.",
    ),
    PermitOver: (HTTPStatus.CONFLICT, "over", "The permit's time is over already."),
    InUse: (HTTPStatus.CONFLICT, "in_use", "More of the limit is used than this would leave."),
    ClosedForEver: (HTTPStatus.CONFLICT, "closed", "The account is closed."),
}  # fmt: skip


def _refusing(act: Callable[[], Any]) -> Any:
    """What the action gives, or the problem its refusal stands for."""
    try:
        return act()
    except Unacceptable as fault:
        raise problem_of_try(fault) from None
    except AccountUnknown:
        detail = "There is no such account."
        errors = [FieldError("account", "unknown_account", detail)]
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        raise Problem(status, "unknown_account", detail, errors) from None
    except tuple(_REFUSALS) as refusal:
        raise Problem(*_REFUSALS[type(refusal)]) from None


def _columns(values: Mapping[str, Any]) -> dict[str, Any]:
    columns = {"state": "state", "by": "proposed_by"}
    return {columns[name]: values[name] for name in columns if name in values}


def _shown_voucher(voucher: Voucher) -> dict[str, Any]:
    return _voucher(voucher, accounts_by_id(leg["account"] for leg in voucher.legs))


def _voucher(row: Voucher, accounts: Mapping[str, LedgerAccount]) -> dict[str, Any]:
    return {
        **_common(row, row.refusal or None),
        "legs": legs_shown(row.legs, accounts),
        "value_date": row.value_date,
        "memo": row.memo,
        "refusal": row.refusal or None,
    }


def _permit(row: OverdraftPermit) -> dict[str, Any]:
    currency = row.account.currency
    return {
        **_common(row, None),
        "account": row.account_id,
        "currency": currency,
        "limit": money_text(row.limit, currency),
        "before": None if row.before is None else money_text(row.before, currency),
        "expires_at": row.expires_at,
    }


def _common(row: Voucher | OverdraftPermit, refusal: str | None) -> dict[str, Any]:
    return {
        "id": row.pk,
        "state": row.state,
        "reason": row.reason,
        "proposed_by": row.proposed_by,
        "proposed_at": row.proposed_at,
        "decided_by": row.decided_by or None,
        "decided_at": row.decided_at,
        "decision_reason": row.decision_reason or None,
        "history": _history(row, refusal),
    }


def _history(row: Voucher | OverdraftPermit, refusal: str | None) -> list[dict[str, Any]]:
    """Proposed, decided, done."""
    steps = [_step(ProposalState.PROPOSED.value, row.proposed_at, row.proposed_by, row.reason)]
    done = (ProposalState.BOOKED, ProposalState.REFUSED, ProposalState.ENDED)
    if row.decided_at:
        what = ProposalState.APPROVED.value if row.stands in done else row.state
        steps.append(_step(what, row.decided_at, row.decided_by, row.decision_reason or None))
    if row.done_at:
        steps.append(_step(row.state, row.done_at, None, refusal))
    return steps


def _step(what: str, at: datetime, by: str | None, reason: str | None) -> dict[str, Any]:
    return {"what": what, "at": at, "by": by, "reason": reason}
