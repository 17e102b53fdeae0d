"""Vouchers and permits: made by one person, decided by another, booked like any transaction."""

from datetime import timedelta

import pytest
from django.db import IntegrityError
from django.utils import timezone

from ledger.actions.accounts import Description, NotEmpty, change_account, open_account
from ledger.actions.book_vouchers import BOOKED_WITHIN, book_vouchers, decide_voucher
from ledger.actions.cancel import cancel
from ledger.actions.confirm import confirm
from ledger.actions.decide_permit import InUse, PermitOver, decide_permit
from ledger.actions.end_permits import end_permits
from ledger.actions.post import post_due
from ledger.actions.proposals import ProposalDiffers, ProposalUnknown
from ledger.actions.propose import WantedPermit, propose_permit, propose_voucher
from ledger.domain.acceptance import Unacceptable, Wanted, WantedLeg
from ledger.domain.account import Gesture
from ledger.domain.direction import Direction, Side
from ledger.domain.proposals import (
    AlreadyDecided,
    NotYours,
    ProposalGesture,
    SecondPersonNeeded,
)
from ledger.models import (
    AccountChange,
    LedgerAccount,
    LedgerTransaction,
    OverdraftPermit,
    Voucher,
)
from ledger.verification import findings
from tests.ledger.books import account, check_books, figures, paid, transfer, tried, verdict

pytestmark = pytest.mark.django_db

MAKER, CHECKER = "li", "wang"
APPROVE, REJECT, WITHDRAW = (
    ProposalGesture.APPROVE, ProposalGesture.REJECT, ProposalGesture.WITHDRAW,
)  # fmt: skip


@pytest.fixture(autouse=True)
def books() -> None:
    """`a` holds 100.00, `b` nothing; `cash` may go either way."""
    account("cash", Direction.UNRESTRICTED)
    account("a")
    account("b")
    paid(transfer("opening", "cash", "a", "100"))


def voucher(amount: str = "60", name: str = "v") -> Voucher:
    return propose_voucher(transfer(name, "a", "b", amount), "fee booked twice", MAKER)


def permit(limit: str, name: str = "p", until: timedelta | None = None) -> OverdraftPermit:
    expires_at = timezone.now() + until if until else None
    wanted = WantedPermit(name, "a", limit, expires_at)
    return propose_permit(wanted, "block trade", MAKER)


def limit_of(name: str = "a") -> int:
    return LedgerAccount.objects.get(pk=name).overdraft


def test_a_proposed_voucher_moves_and_reserves_nothing() -> None:
    voucher()
    assert figures("a") == (10000, 0)
    assert not LedgerTransaction.objects.filter(pk="v").exists()


def test_an_approved_voucher_is_a_transaction_like_any_other() -> None:
    voucher()
    assert decide_voucher("v", APPROVE, "", CHECKER).state == "booked"
    assert figures("a") == (10000, 6000)
    row = LedgerTransaction.objects.get(pk="v")
    assert (row.state, row.tried_by, row.decided_by) == ("confirmed", MAKER, CHECKER)
    post_due()
    assert figures("a") == (4000, 0)
    check_books()


@pytest.mark.parametrize("gesture", [APPROVE, REJECT])
def test_the_maker_decides_nothing(gesture: ProposalGesture) -> None:
    voucher()
    permit("50")
    with pytest.raises(SecondPersonNeeded):
        decide_voucher("v", gesture, "r", MAKER)
    with pytest.raises(SecondPersonNeeded):
        decide_permit("p", gesture, "r", MAKER)
    assert Voucher.objects.get().state == "proposed"
    assert OverdraftPermit.objects.get().state == "proposed"
    assert limit_of() == 0


@pytest.mark.parametrize("model", [Voucher, OverdraftPermit])
def test_the_database_itself_wants_two_persons(model: type[Voucher | OverdraftPermit]) -> None:
    voucher()
    permit("50")
    with pytest.raises(IntegrityError):
        model.objects.update(state="approved", decided_by=MAKER, decided_at=timezone.now())


def test_a_voucher_is_decided_once_and_a_repeat_answers_the_same() -> None:
    voucher()
    decide_voucher("v", APPROVE, "", CHECKER)
    assert decide_voucher("v", APPROVE, "", CHECKER).state == "booked"
    with pytest.raises(AlreadyDecided):
        decide_voucher("v", REJECT, "late", CHECKER)
    with pytest.raises(AlreadyDecided):
        decide_voucher("v", APPROVE, "", "zhao")
    assert figures("a") == (10000, 6000)


def test_what_is_rejected_or_withdrawn_is_kept_with_its_reason_and_moves_nothing() -> None:
    voucher(name="v1")
    voucher(name="v2")
    assert decide_voucher("v1", REJECT, "wrong account", CHECKER).state == "rejected"
    with pytest.raises(NotYours):
        decide_voucher("v2", WITHDRAW, "", CHECKER)
    assert decide_voucher("v2", WITHDRAW, "mistaken", MAKER).state == "withdrawn"
    kept = Voucher.objects.get(pk="v1")
    assert (kept.decided_by, kept.decision_reason) == (CHECKER, "wrong account")
    assert figures("a") == (10000, 0)
    with pytest.raises(ProposalUnknown):
        decide_voucher("v3", APPROVE, "", CHECKER)


def test_the_ledger_may_refuse_an_approved_voucher() -> None:
    voucher("100.01")
    found = decide_voucher("v", APPROVE, "", CHECKER)
    assert (found.state, found.refusal) == ("refused", "insufficient")
    assert figures("a") == (10000, 0)


def test_a_number_that_was_cancelled_or_taken_since_is_refused() -> None:
    voucher(name="v1")
    cancel("v1", "somebody")
    assert decide_voucher("v1", APPROVE, "", CHECKER).refusal == "cancelled"
    voucher(name="v2")
    tried(transfer("v2", "cash", "b", "1"))
    assert decide_voucher("v2", APPROVE, "", CHECKER).refusal == "conflict"


def test_an_approval_that_was_cut_short_is_booked_later_once() -> None:
    voucher()
    long_ago = timezone.now() - 2 * BOOKED_WITHIN
    Voucher.objects.update(state="approved", decided_by=CHECKER, decided_at=long_ago)
    assert book_vouchers(timezone.now()) == 1
    assert book_vouchers(timezone.now()) == 0
    assert Voucher.objects.get().state == "booked"
    post_due()
    assert figures("b") == (6000, 0)


def test_one_cut_short_between_try_and_confirm_is_booked_once() -> None:
    voucher()
    verdict(transfer("v", "a", "b", "60"))
    long_ago = timezone.now() - 2 * BOOKED_WITHIN
    Voucher.objects.update(state="approved", decided_by=CHECKER, decided_at=long_ago)
    book_vouchers(timezone.now())
    post_due()
    assert figures("a") == (4000, 0)


def test_a_voucher_that_could_never_be_booked_is_not_kept() -> None:
    unbalanced = Wanted(
        "v", (WantedLeg("a", Side.DEBIT, "1"), WantedLeg("b", Side.CREDIT, "2"))
    )  # fmt: skip
    for wanted in (unbalanced, transfer("v", "a", "nobody", "1"), transfer("v", "a", "b", "0")):
        with pytest.raises(Unacceptable):
            propose_voucher(wanted, "r", MAKER)
    assert not Voucher.objects.exists()


def test_the_same_number_is_the_same_voucher() -> None:
    voucher()
    assert voucher("60.00").pk == "v"
    with pytest.raises(ProposalDiffers):
        voucher("61")
    with pytest.raises(ProposalDiffers):
        propose_voucher(transfer("opening", "a", "b", "1"), "r", MAKER)


def test_a_permit_changes_the_limit_when_it_is_approved() -> None:
    permit("50")
    assert verdict(transfer("t1", "a", "b", "120")) == ("rejected", "insufficient")
    assert limit_of() == 0
    assert decide_permit("p", APPROVE, "", CHECKER).state == "approved"
    assert limit_of() == 5000
    assert verdict(transfer("t2", "a", "b", "120")) == ("tried", None)
    told = AccountChange.objects.order_by("-pk")[0]
    assert (told.what, told.by, told.reason) == ("overdraft", CHECKER, "block trade")


def test_a_rejected_permit_changes_nothing() -> None:
    permit("50")
    decide_permit("p", REJECT, "no", CHECKER)
    assert limit_of() == 0
    with pytest.raises(AlreadyDecided):
        decide_permit("p", APPROVE, "", "zhao")


def test_a_limit_does_not_fall_below_what_is_used() -> None:
    permit("50", "p1")
    decide_permit("p1", APPROVE, "", CHECKER)
    tried(transfer("t", "a", "b", "120"))
    permit("19.99", "p2")
    with pytest.raises(InUse):
        decide_permit("p2", APPROVE, "", CHECKER)
    permit("20", "p3")
    decide_permit("p3", APPROVE, "", CHECKER)
    assert limit_of() == 2000
    assert OverdraftPermit.objects.get(pk="p1").state == "ended"
    assert OverdraftPermit.objects.get(pk="p2").state == "proposed"


def test_when_its_time_is_over_the_limit_before_comes_back() -> None:
    permit("50", until=timedelta(hours=1))
    decide_permit("p", APPROVE, "", CHECKER)
    assert end_permits(timezone.now()) == 0
    assert end_permits(timezone.now() + timedelta(hours=2)) == 1
    assert limit_of() == 0
    assert OverdraftPermit.objects.get().state == "ended"


def test_what_is_used_of_a_permit_that_is_over_goes_back_as_money_comes_in() -> None:
    permit("50", until=timedelta(hours=1))
    decide_permit("p", APPROVE, "", CHECKER)
    paid(transfer("t1", "a", "b", "120"))
    later = timezone.now() + timedelta(hours=2)
    assert end_permits(later) == 0
    assert limit_of() == 2000
    assert verdict(transfer("t2", "a", "b", "0.01")) == ("rejected", "insufficient")
    paid(transfer("t3", "b", "a", "30"))
    assert end_permits(later) == 1
    assert limit_of() == 0
    assert list(findings()) == []


def test_one_permit_takes_the_place_of_another_and_what_was_before_both_comes_back() -> None:
    permit("50", "p1", timedelta(hours=1))
    decide_permit("p1", APPROVE, "", CHECKER)
    permit("80", "p2", timedelta(hours=2))
    decide_permit("p2", APPROVE, "", CHECKER)
    assert limit_of() == 8000
    end_permits(timezone.now() + timedelta(hours=3))
    assert limit_of() == 0


def test_a_permit_for_ever_is_what_comes_back_after_one_for_a_time() -> None:
    permit("50", "p1")
    decide_permit("p1", APPROVE, "", CHECKER)
    permit("80", "p2", timedelta(hours=2))
    decide_permit("p2", APPROVE, "", CHECKER)
    end_permits(timezone.now() + timedelta(hours=3))
    assert limit_of() == 5000


def test_a_permit_that_is_over_before_it_is_approved_is_not_given() -> None:
    permit("50", until=timedelta(hours=1))
    OverdraftPermit.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(PermitOver):
        decide_permit("p", APPROVE, "", CHECKER)
    assert (limit_of(), OverdraftPermit.objects.get().state) == (0, "proposed")


def test_permits_that_make_no_sense() -> None:
    for wanted in (
        WantedPermit("p", "a", "-1"),
        WantedPermit("p", "a", "0.001"),
        WantedPermit("p", "cash", "1"),
        WantedPermit("p", "a", "1", timezone.now() - timedelta(seconds=1)),
    ):
        with pytest.raises(Unacceptable):
            propose_permit(wanted, "r", MAKER)
    assert not OverdraftPermit.objects.exists()


def test_an_account_is_opened_as_before_whatever_permits_it_had_since() -> None:
    wanted = Description("c", "c", "CNY", Direction.CREDIT, 700)
    open_account(wanted, MAKER)
    propose_permit(WantedPermit("p", "c", "50"), "r", MAKER)
    decide_permit("p", APPROVE, "", CHECKER)
    assert open_account(wanted, MAKER).overdraft == 5000


def test_a_closed_account_gets_no_permit() -> None:
    permit("50")
    with pytest.raises(NotEmpty):
        change_account("a", Gesture.CLOSE, "r", MAKER)
    paid(transfer("t", "a", "cash", "100"))
    change_account("a", Gesture.CLOSE, "r", MAKER)
    with pytest.raises(ValueError, match="a"):
        decide_permit("p", APPROVE, "", CHECKER)
    confirm("t", MAKER)
    assert limit_of() == 0
