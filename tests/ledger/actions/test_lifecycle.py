"""Try, confirm, cancel and post on the database, in the orders that hurt."""

from collections.abc import Callable
from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from ledger.actions.accounts import (
    AccountDiffers,
    Description,
    NotEmpty,
    ParentUnknown,
    change_account,
    open_account,
)
from ledger.actions.cancel import cancel
from ledger.actions.confirm import confirm
from ledger.actions.cut_day import DayDiffers, cut_day
from ledger.actions.post import post_due
from ledger.actions.reverse import reverse
from ledger.actions.try_transactions import (
    AlreadyReversed,
    BodyConflict,
    Outcome,
    try_transactions,
)
from ledger.domain.acceptance import Unacceptable, Wanted, WantedLeg
from ledger.domain.account import ClosedForEver, Gesture
from ledger.domain.direction import Direction, Side
from ledger.domain.transaction import IllegalStep, State, UnknownTransaction
from ledger.models import (
    AccountChange,
    LedgerAccount,
    LedgerLeg,
    LedgerTransaction,
    PostingMessage,
    Refusal,
    StatementLine,
)
from ledger.poster import Poster
from tests.ledger.books import BY, account, check_books, figures, paid, transfer, tried, verdict
from tests.ledger.sessions import Meanwhile

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books() -> None:
    """`a` holds 100, paid in from `cash`, which may go either way; `b` is empty."""
    account("cash", Direction.UNRESTRICTED)
    account("a")
    account("b")
    paid(transfer("opening", "cash", "a", "100"))


def test_a_decrease_is_reserved_at_once_and_an_increase_is_not_there_before_it_is_posted() -> None:
    assert verdict(transfer("t", "a", "b", "60")) == ("tried", None)
    assert (figures("a"), figures("b")) == ((10_000, 6_000), (0, 0))
    confirm("t", BY)
    assert (figures("a"), figures("b")) == ((10_000, 6_000), (0, 0))
    assert verdict(transfer("u", "b", "a", "1")) == ("rejected", "insufficient")
    assert post_due().count == 1
    assert (figures("a"), figures("b")) == ((4_000, 0), (6_000, 0))
    check_books()


def test_a_cancelled_decrease_is_given_back_by_the_poster() -> None:
    verdict(transfer("t", "a", "b", "60"))
    assert cancel("t", BY) is State.CANCELLED
    assert figures("a") == (10_000, 6_000)
    check_books()
    post_due()
    assert figures("a") == (10_000, 0)
    assert StatementLine.objects.count() == 2


def test_a_refused_event_is_among_the_refusals_only_and_can_never_be_posted() -> None:
    assert verdict(transfer("t", "a", "b", "100.01")) == ("rejected", "insufficient")
    refusal = Refusal.objects.get()
    assert (refusal.transaction_id, refusal.reason, refusal.account, refusal.by) == (
        "t", "insufficient", "a", BY,
    )  # fmt: skip
    assert refusal.legs == [
        {"account": "a", "side": "debit", "amount": 10_001},
        {"account": "b", "side": "credit", "amount": 10_001},
    ]
    assert not LedgerLeg.objects.filter(transaction="t").exists()
    with pytest.raises(IllegalStep):
        confirm("t", BY)
    assert cancel("t", BY) is State.REJECTED
    assert post_due().count == 0


def test_a_refusal_stays_a_refusal_when_money_has_come() -> None:
    wanted = transfer("t", "b", "a", "1")
    assert verdict(wanted) == ("rejected", "insufficient")
    paid(transfer("more", "cash", "b", "1"))
    assert verdict(wanted) == ("rejected", "insufficient")


def test_a_cancel_that_comes_first_leaves_a_tombstone_for_the_try() -> None:
    assert cancel("t", BY) is State.CANCELLED
    assert verdict(transfer("t", "a", "b", "60")) == ("cancelled", None)
    assert cancel("t", BY) is State.CANCELLED
    with pytest.raises(IllegalStep):
        confirm("t", BY)
    assert figures("a") == (10_000, 0)


def test_repeats_answer_the_same_and_change_nothing() -> None:
    wanted = transfer("t", "a", "b", "60")
    for step in (lambda: confirm("t", BY), lambda: confirm("t", BY), post_due, post_due):
        assert verdict(wanted) == ("tried", None)
        step()
    assert verdict(wanted) == ("tried", None)
    assert confirm("t", BY) is State.POSTED
    with pytest.raises(IllegalStep):
        cancel("t", BY)
    assert figures("a") == (4_000, 0)


def test_an_id_with_another_body_is_a_conflict() -> None:
    verdict(transfer("t", "a", "b", "60"))
    assert verdict(transfer("t", "a", "b", "60.0")) == ("tried", None)
    assert isinstance(tried(transfer("t", "a", "b", "61")), BodyConflict)
    both = [transfer("u", "a", "b", "1"), transfer("u", "a", "b", "2")]
    answers = try_transactions(both, BY)
    assert isinstance(answers[0], Outcome)
    assert isinstance(answers[1], BodyConflict)
    assert figures("a") == (10_000, 6_100)


def test_what_nobody_tried_cannot_be_confirmed() -> None:
    with pytest.raises(UnknownTransaction):
        confirm("t", BY)


@pytest.mark.parametrize(
    ("legs", "code"),
    [
        ([("a", "debit", "1"), ("b", "credit", "2")], "unbalanced"),
        ([("a", "debit", "1"), ("nobody", "credit", "1")], "unknown_account"),
        ([("a", "debit", "0"), ("b", "credit", "0")], "not_positive"),
        ([("a", "debit", "1.001"), ("b", "credit", "1.001")], "not_an_amount"),
        ([("a", "debit", "1")], "count"),
    ],
)
def test_of_what_makes_no_sense_nothing_is_kept(
    legs: list[tuple[str, str, str]], code: str
) -> None:
    wanted = Wanted("t", [WantedLeg(name, Side(side), amount) for name, side, amount in legs])
    answer = tried(wanted)
    assert isinstance(answer, Unacceptable)
    assert code in {fault.code for fault in answer.faults}
    assert not LedgerTransaction.objects.filter(pk="t").exists()


def test_a_leg_in_another_currency_than_its_account_makes_no_sense() -> None:
    legs = [WantedLeg("a", Side.DEBIT, "1", "USD"), WantedLeg("b", Side.CREDIT, "1")]
    answer = tried(Wanted("t", legs))
    assert isinstance(answer, Unacceptable)
    assert [fault.code for fault in answer.faults] == ["wrong_currency"]


def test_one_batch_decides_in_the_order_it_came() -> None:
    batch = [transfer(f"t{number}", "a", "b", "40") for number in range(3)]
    batch.append(transfer("t3", "a", "b", "20"))
    answers = try_transactions(batch, BY)
    states = [each.state.value for each in answers if isinstance(each, Outcome)]
    assert states == ["tried", "tried", "rejected", "tried"]
    assert figures("a") == (10_000, 10_000)


def test_a_batch_may_confirm_what_it_tries() -> None:
    batch = [transfer("t", "a", "b", "60"), transfer("u", "a", "b", "60")]
    ids = frozenset(("t", "u"))
    answers = try_transactions(batch, BY, ids)
    states = [each.state.value for each in answers if isinstance(each, Outcome)]
    assert states == ["confirmed", "rejected"]
    assert post_due().count == 1
    repeated = try_transactions(batch, BY, ids)
    assert [each.state.value for each in repeated if isinstance(each, Outcome)] == [
        "posted", "rejected",
    ]  # fmt: skip
    check_books()


@pytest.mark.parametrize("step", [confirm, cancel])
def test_a_try_that_comes_between_two_looks_of_a_decision_is_decided(
    step: Callable[[str, str], State],
) -> None:
    """When the decision was written the try was not there, when it looked why, it was."""
    looks = f'SELECT "{LedgerTransaction._meta.db_table}"."state"'  # documented
    meanwhile = Meanwhile(looks, lambda: verdict(transfer("t", "a", "b", "60")))
    with connection.execute_wrapper(meanwhile):
        told = step("t", BY)
    assert meanwhile.is_done
    assert LedgerTransaction.objects.get(pk="t").state == told.value
    assert PostingMessage.objects.filter(applied_at=None).count() == (2 if step is confirm else 0)
    assert post_due().count == 1
    check_books()


@pytest.mark.parametrize("payer", ["cash", "a"])
def test_a_batch_that_was_confirmed_is_told_so_when_it_comes_again(payer: str) -> None:
    batch = [transfer(f"t{number}", payer, "b", "1") for number in range(3)]
    mixed = [*batch, transfer("u", payer, "b", "1")]
    for wanted in (batch, batch, mixed):
        answers = try_transactions(wanted, BY, frozenset(each.id for each in wanted))
        states = [each.state for each in answers if isinstance(each, Outcome)]
        assert states == [State.CONFIRMED] * len(wanted)
    assert PostingMessage.objects.filter(applied_at=None).count() == 8
    assert post_due().count == 4
    assert figures("b") == (400, 0)
    check_books()


def test_the_messages_are_first_for_increases_and_second_for_decreases() -> None:
    verdict(transfer("t", "a", "b", "60"))
    messages = PostingMessage.objects.filter(leg__transaction="t").order_by("leg__place")
    assert not messages.exists()
    confirm("t", BY)
    assert [(each.kind, each.applied_at) for each in messages] == [
        ("second", None),
        ("first", None),
    ]
    post_due()
    assert all(each.applied_at for each in messages.all())


def test_a_frozen_account_refuses_new_tries_and_nothing_else() -> None:
    verdict(transfer("t", "a", "b", "60"))
    verdict(transfer("u", "a", "b", "10"))
    change_account("a", Gesture.FREEZE_ALL, "inquiry", BY)
    assert verdict(transfer("v", "a", "b", "1")) == ("rejected", "unusable")
    assert verdict(transfer("w", "cash", "a", "1")) == ("rejected", "unusable")
    assert confirm("t", BY) is State.CONFIRMED
    assert cancel("u", BY) is State.CANCELLED
    assert post_due().count == 2
    assert figures("a") == (4_000, 0)
    change_account("a", Gesture.UNFREEZE, "over", BY)
    assert verdict(transfer("x", "a", "b", "1")) == ("tried", None)


def test_a_freeze_of_decreases_lets_increases_pass() -> None:
    change_account("a", Gesture.FREEZE_DECREASES, "inquiry", BY)
    assert verdict(transfer("t", "a", "b", "1")) == ("rejected", "unusable")
    assert verdict(transfer("u", "cash", "a", "1")) == ("tried", None)
    change = AccountChange.objects.filter(account="a").latest("pk")
    assert (change.what, change.reason, change.by) == ("freeze_decreases", "inquiry", BY)


def test_only_an_empty_account_that_nothing_is_on_its_way_to_can_be_closed() -> None:
    with pytest.raises(NotEmpty):
        change_account("a", Gesture.CLOSE, "", BY)
    verdict(transfer("t", "cash", "b", "1"))
    with pytest.raises(NotEmpty):
        change_account("b", Gesture.CLOSE, "", BY)
    cancel("t", BY)
    change_account("b", Gesture.CLOSE, "", BY)
    assert verdict(transfer("u", "cash", "b", "1")) == ("rejected", "unusable")
    with pytest.raises(ClosedForEver):
        change_account("b", Gesture.UNFREEZE, "", BY)


def test_an_account_is_opened_once_and_stays_what_it_is() -> None:
    assert account("a").pk == "a"
    assert AccountChange.objects.filter(account="a").count() == 1
    with pytest.raises(AccountDiffers):
        account("a", Direction.DEBIT)


def test_a_reversal_moves_everything_back_and_may_be_refused() -> None:
    paid(transfer("t", "a", "b", "60"))
    first = reverse("t", "r1", "error", BY)
    assert isinstance(first, Outcome)
    assert first.state is State.CONFIRMED
    assert isinstance(reverse("t", "r2", "again", BY), AlreadyReversed)
    post_due()
    assert (figures("a"), figures("b")) == ((10_000, 0), (0, 0))
    again = reverse("opening", "r3", "", BY)
    assert isinstance(again, Outcome)
    assert again.state is State.CONFIRMED
    post_due()
    paid(transfer("more", "cash", "a", "50"))
    paid(transfer("gone", "a", "b", "50"))
    spent = reverse("more", "r4", "", BY)
    assert isinstance(spent, Outcome)
    assert (spent.state, spent.reason) == (State.REJECTED, "insufficient")
    check_books()


def test_a_refused_reversal_may_be_tried_again_under_another_id() -> None:
    paid(transfer("t", "a", "b", "100"))
    paid(transfer("u", "b", "a", "100"))
    refused = reverse("t", "r1", "", BY)
    assert isinstance(refused, Outcome)
    assert refused.state is State.REJECTED
    paid(transfer("v", "a", "b", "100"))
    allowed = reverse("t", "r2", "", BY)
    assert isinstance(allowed, Outcome)
    assert allowed.state is State.CONFIRMED


def test_what_is_not_confirmed_cannot_be_reversed() -> None:
    verdict(transfer("t", "a", "b", "60"))
    with pytest.raises(IllegalStep):
        reverse("t", "r", "", BY)


def test_after_the_cut_everything_is_posted_to_the_next_day() -> None:
    verdict(transfer("t", "a", "b", "60"))
    today = StatementLine.objects.latest("pk").posting_date
    following = date(2100, 1, 4)
    cut = cut_day(today, following, BY)
    assert (cut.in_flight, cut.unposted) == (1, 0)
    confirm("t", BY)
    post_due()
    line = StatementLine.objects.latest("pk")
    assert (line.posting_date, line.value_date) == (following, following)
    with pytest.raises(DayDiffers):
        cut_day(today, following, BY)


def test_the_value_date_is_the_callers() -> None:
    wanted = transfer("t", "a", "b", "60")
    value_date = date(2026, 1, 5)
    paid(Wanted("t", wanted.legs, value_date))
    assert {line.value_date for line in StatementLine.objects.filter(transaction="t")} == {
        value_date
    }


@pytest.mark.parametrize(
    "change",
    [
        {"reserved": 10_001},
        {"posted": -1},
        {"reserved": -1},
        {"overdraft": -1},
        {"usability": "closed"},
    ],
)
def test_the_database_itself_refuses_an_overdraft(change: dict[str, object]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerAccount.objects.filter(pk="a").update(**change)


def test_a_debit_account_is_bounded_from_above() -> None:
    account("loan", Direction.DEBIT, overdraft=5_000)
    paid(transfer("t", "loan", "b", "30"))
    assert verdict(transfer("u", "b", "loan", "80.01"))[0] == "rejected"
    paid(transfer("more", "cash", "b", "100"))
    assert verdict(transfer("v", "b", "loan", "80.01")) == ("rejected", "insufficient")
    assert verdict(transfer("w", "b", "loan", "80")) == ("tried", None)
    with pytest.raises(IntegrityError), transaction.atomic():
        LedgerAccount.objects.filter(pk="loan").update(posted=F("posted") + 1)


def test_a_parent_must_be_there() -> None:
    with pytest.raises(ParentUnknown):
        open_account(Description("c", "c", "CNY", Direction.CREDIT, 0, "nobody"), BY)


def test_a_transaction_that_cannot_be_posted_does_not_stop_the_others() -> None:
    """The row of `a` is damaged: less is reserved than was admitted."""
    for number in range(3):
        verdict(transfer(f"t{number}", "a", "b", "10"))
        verdict(transfer(f"u{number}", "cash", "b", "10"))
    LedgerAccount.objects.filter(pk="a").update(reserved=0)
    for number in range(3):
        confirm(f"t{number}", BY)
        confirm(f"u{number}", BY)
    poster = Poster()
    poster.drain()
    assert poster.stuck == {"t0", "t1", "t2"}
    assert figures("b") == (3_000, 0)
