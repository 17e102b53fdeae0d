"""The invariants of the model, each with the tests that would see it broken; and those left over.

A(a) is what is available on an account, R(a) what is reserved, s·P its balance in its direction.
"""

import ast
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from django.utils import timezone

from ledger import tasks
from ledger.actions.cancel import cancel
from ledger.actions.confirm import confirm
from ledger.actions.post import post_due
from ledger.domain.account import Account
from ledger.domain.direction import Direction, Side
from ledger.domain.transaction import State
from ledger.models import LedgerLeg, LedgerTransaction, PostingMessage, StatementLine
from ledger.poster import Poster
from tests.ledger.books import BY, account, check_books, figures, paid, transfer, verdict

HERE = Path(__file__).parent
SHOWN_BY = {
    "A(a) ≥ 0 and R(a) ≥ 0 after every step, in any order": (
        "domain/test_interleavings.py::test_no_interleaving_of_two_transactions_overdraws_or_gets_stuck",
        "test_any_order.py::test_the_database_and_the_model_agree_whatever_comes_in_whatever_order",
        "test_bank.py::test_whoever_looks_at_a_bank_sees_all_its_money_and_nobody_below_zero",
    ),
    "s·P ≥ 0 in every line that is written": (
        "test_any_order.py::test_the_database_and_the_model_agree_whatever_comes_in_whatever_order",
        "actions/test_lifecycle.py::test_a_debit_account_is_bounded_from_above",
    ),
    "even a defect cannot overdraw": (
        "actions/test_lifecycle.py::test_the_database_itself_refuses_an_overdraft",
    ),
    "try checks and reserves in one step": (
        "test_concurrency.py::test_what_is_available_is_spent_exactly_and_never_more",
        "test_sqlite.py::test_processes_on_one_file_spend_exactly_what_is_available",
    ),
    "the decreases of one transaction count gross": (
        "domain/test_rules.py::test_the_decreases_of_a_transaction_count_gross",
    ),
    "a rejected try stays rejected, and is never posted": (
        "actions/test_lifecycle.py::test_a_refused_event_is_among_the_refusals_only_and_can_never_be_posted",
        "actions/test_lifecycle.py::test_a_refusal_stays_a_refusal_when_money_has_come",
    ),
    "the same id with another body is a conflict": (
        "actions/test_lifecycle.py::test_an_id_with_another_body_is_a_conflict",
    ),
    "confirm and cancel of what was tried are never refused": (
        "domain/test_interleavings.py::test_no_interleaving_of_two_transactions_overdraws_or_gets_stuck",
        "actions/test_lifecycle.py::test_a_frozen_account_refuses_new_tries_and_nothing_else",
    ),
    "confirm and cancel leave R and P as they are": (
        "test_invariants.py::test_a_decision_moves_nothing_before_it_is_posted",
    ),
    "a cancel before its try leaves a tombstone": (
        "actions/test_lifecycle.py::test_a_cancel_that_comes_first_leaves_a_tombstone_for_the_try",
        "test_concurrency.py::test_a_try_and_its_cancel_that_cross_never_leave_a_reservation",
    ),
    "repeats answer the same and change nothing": (
        "actions/test_lifecycle.py::test_repeats_answer_the_same_and_change_nothing",
        "actions/test_lifecycle.py::test_a_batch_that_was_confirmed_is_told_so_when_it_comes_again",
    ),
    "posting a decrease leaves A, posting an increase raises it": (
        "test_invariants.py::test_posting_a_decrease_leaves_what_is_available_as_it_is",
    ),
    "an increase counts once it is posted, and not before": (
        "actions/test_lifecycle.py::test_a_decrease_is_reserved_at_once_and_an_increase_is_not_there_before_it_is_posted",
    ),
    "balance, line, release and mark are one commit": (
        "test_concurrency.py::test_a_poster_killed_between_any_two_statements_loses_nothing_and_posts_nothing_twice",
        "test_concurrency.py::test_several_posters_post_everything_once",
    ),
    "any posting order will do": (
        "test_invariants.py::test_the_order_of_posting_makes_no_difference",
    ),
    "usable is asked at try only": (
        "actions/test_lifecycle.py::test_a_frozen_account_refuses_new_tries_and_nothing_else",
    ),
    "the ledger's own clock ends nothing": (
        "test_invariants.py::test_a_try_of_long_ago_is_still_reserved_and_can_be_confirmed",
    ),
    "an answer outlives whatever dies": (
        "test_black_box.py::test_nothing_is_lost_or_done_twice_whatever_dies",
    ),
}  # fmt: skip


@cache
def functions_in(path: str) -> frozenset[str]:
    parsed = ast.parse((HERE / path).read_text())
    return frozenset(each.name for each in parsed.body if isinstance(each, ast.FunctionDef))


def test_every_invariant_has_its_tests() -> None:
    named = {each for tests in SHOWN_BY.values() for each in tests}
    assert [
        each
        for each in sorted(named)
        if each[each.index("::") + 2 :] not in functions_in(each.partition("::")[0])
    ] == []


@pytest.fixture
def books(db: None) -> None:
    """`a` holds 100; `cash` may go either way."""
    account("cash", Direction.UNRESTRICTED)
    account("a")
    account("b")
    paid(transfer("opening", "cash", "a", "100"))


@pytest.mark.usefixtures("books")
def test_a_decision_moves_nothing_before_it_is_posted() -> None:
    verdict(transfer("t", "a", "b", "10"))
    verdict(transfer("u", "a", "b", "20"))
    before = figures("a"), figures("b")
    confirm("t", BY)
    cancel("u", BY)
    assert (figures("a"), figures("b")) == before == ((10_000, 3_000), (0, 0))
    check_books()


def test_posting_a_decrease_leaves_what_is_available_as_it_is() -> None:
    for direction, less, more in (
        (Direction.CREDIT, Side.DEBIT, Side.CREDIT),
        (Direction.DEBIT, Side.CREDIT, Side.DEBIT),
    ):
        posted = 100 if direction is Direction.CREDIT else -100
        before = Account(direction, posted, reserved=30)
        decreased = before.posting(less, 30)
        assert (decreased.available, decreased.reserved) == (before.available, 0)
        increased = before.posting(more, 30)
        assert (increased.available, increased.reserved) == (100, 30)


@pytest.mark.parametrize("order", [("t", "u", "v"), ("v", "u", "t"), ("u", "v", "t")])
@pytest.mark.usefixtures("books")
def test_the_order_of_posting_makes_no_difference(order: tuple[str, ...]) -> None:
    """Those that take all there is, before and after one that brings more."""
    verdict(transfer("t", "a", "b", "60"))
    verdict(transfer("u", "cash", "a", "5"))
    verdict(transfer("v", "a", "b", "40"))
    for name in order:
        confirm(name, BY)
    for name in order:
        assert post_due(1).count == 1
        assert StatementLine.objects.order_by("-pk")[0].transaction == name
        check_books()
    assert (figures("a"), figures("b")) == ((500, 0), (10_000, 0))


@pytest.mark.usefixtures("books")
def test_a_try_of_long_ago_is_still_reserved_and_can_be_confirmed() -> None:
    verdict(transfer("t", "a", "b", "60"))
    LedgerTransaction.objects.filter(pk="t").update(tried_at=timezone.now() - timedelta(days=900))
    tasks.watch()
    tasks.tend()
    Poster().drain()
    assert figures("a") == (10_000, 6_000)
    assert confirm("t", BY) is State.CONFIRMED
    assert PostingMessage.objects.filter(applied_at=None).count() == 2
    Poster().drain()
    assert figures("a") == (4_000, 0)
    assert LedgerLeg.objects.filter(transaction="t").count() == 2
