"""Many at once on PostgreSQL: who waits for whom, who dies where, and what stands afterwards."""

import contextlib
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from ledger.actions.accounts import change_account
from ledger.actions.cancel import cancel
from ledger.actions.confirm import confirm, confirm_at_once
from ledger.actions.post import post_due
from ledger.actions.try_transactions import Outcome, try_transactions
from ledger.domain.account import Gesture
from ledger.domain.direction import Direction
from ledger.domain.transaction import IllegalStep, State
from ledger.models import LedgerLeg, LedgerTransaction, StatementLine
from ledger.poster import Poster
from ledger.queries import balance, trial_balance
from ledger.verification import findings
from tests.ledger.books import BY, account, check_books, figures, paid, transfer, verdict
from tests.ledger.sessions import Meanwhile, dies_at, held, in_threads

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.postgres,
]

NO_KEY_UPDATE, UPDATE, KEY_SHARE = "FOR NO KEY UPDATE", "FOR UPDATE", "FOR KEY SHARE"


@pytest.fixture(autouse=True)
def books() -> None:
    """`a` holds 100.00; `b` is empty; `cash` may go either way."""
    account("cash", Direction.UNRESTRICTED)
    account("a")
    account("b")
    paid(transfer("opening", "cash", "a", "100"))


@pytest.mark.parametrize("strength", [NO_KEY_UPDATE, UPDATE])
def test_nobody_who_holds_the_account_delays_increases_confirms_and_cancels(strength: str) -> None:
    verdict(transfer("t", "a", "b", "10"))
    verdict(transfer("u", "a", "b", "10"))
    with held("a", strength):
        assert verdict(transfer("more", "cash", "a", "5")) == ("tried", None)
        assert confirm("more", BY) is State.CONFIRMED
        assert confirm("t", BY) is State.CONFIRMED
        assert cancel("u", BY) is State.CANCELLED
        assert cancel("early", BY) is State.CANCELLED
        assert verdict(transfer("t", "a", "b", "10")) == ("tried", None)
        batch = [transfer(f"i{number}", "cash", "a", "1") for number in range(100)]
        answers = try_transactions(batch, BY, frozenset(each.id for each in batch))
        assert {each.state for each in answers if isinstance(each, Outcome)} == {State.CONFIRMED}
    Poster().drain()
    assert figures("a") == (10_000 - 1_000 + 500 + 10_000, 0)


def test_a_decrease_waits_for_the_account_and_so_does_its_poster() -> None:
    """So that the test above is one that can fail."""
    with held("a", NO_KEY_UPDATE), pytest.raises(OperationalError, match="lock timeout"):
        verdict(transfer("t", "a", "b", "10"))
    verdict(transfer("t", "a", "b", "10"))
    confirm("t", BY)
    with held("a", NO_KEY_UPDATE), pytest.raises(OperationalError, match="lock timeout"):
        post_due()


def test_while_a_poster_waits_for_an_account_its_transactions_still_answer() -> None:
    verdict(transfer("t", "a", "b", "10"))
    verdict(transfer("u", "a", "b", "10"))
    confirm("t", BY)
    cancel("u", BY)
    begun = threading.Event()

    def post() -> int:
        # The holder comes first; the poster then waits for it with its transactions in hand.
        time.sleep(0.1)
        begun.set()
        return post_due().count

    def ask() -> None:
        begun.wait()
        time.sleep(0.2)
        with held("b", KEY_SHARE):
            assert confirm("t", BY) is State.CONFIRMED
            assert cancel("u", BY) is State.CANCELLED
            with pytest.raises(IllegalStep):
                cancel("t", BY)
        holding.set()

    holding = threading.Event()

    def hold() -> None:
        with held("a", NO_KEY_UPDATE):
            assert holding.wait(10)

    results = in_threads(hold, post, ask)
    assert results[1] == 2
    check_books()


def waiting_sessions() -> set[int]:
    """Who waits for a lock now, as the server tells it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT pid FROM pg_locks WHERE NOT granted")
        return {pid for (pid,) in cursor.fetchall()}


def test_while_the_account_is_held_only_a_decrease_waits_for_it() -> None:
    """However slow the machine: who holds it lets go when all the others have their answers."""
    for number in range(20):
        verdict(transfer(f"c{number}", "a", "b", "1"))
    told: list[Any] = []

    def decrease() -> None:
        told.append(verdict(transfer("late", "a", "b", "1")))
        connection.close()

    late = threading.Thread(target=decrease)
    with held("a", NO_KEY_UPDATE):
        late.start()
        while not (waiting := waiting_sessions()):
            assert late.is_alive()
            time.sleep(0.01)
        for number in range(20):
            # Whoever of these waited for a lock would fail: see `held`.
            assert verdict(transfer(f"i{number}", "cash", "a", "1")) == ("tried", None)
            assert confirm(f"i{number}", BY) is State.CONFIRMED
            step, state = (cancel, State.CANCELLED) if number % 2 else (confirm, State.CONFIRMED)
            assert step(f"c{number}", BY) is state
            assert waiting_sessions() == waiting
        assert not told
    late.join()
    assert told == [("tried", None)]
    Poster().drain()
    assert figures("a") == (10_000 + 2_000 - 1_000, 100)
    check_books()


def everything() -> None:
    """Each path there is."""
    verdict(transfer("t", "a", "b", "10"))
    verdict(transfer("u", "a", "b", "10"))
    verdict(transfer("v", "cash", "a", "10"))
    verdict(transfer("w", "a", "b", "1000"))
    confirm("t", BY)
    confirm("v", BY)
    cancel("u", BY)
    change_account("a", Gesture.FREEZE_ALL, "", BY)
    change_account("a", Gesture.UNFREEZE, "", BY)
    assert post_due().count == 3


def test_no_path_takes_an_account_for_update() -> None:
    with CaptureQueriesContext(connection) as queries:
        everything()
    said = [each["sql"] for each in queries]
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement FROM pg_prepared_statements WHERE name LIKE 'ledger%'")
        prepared = [statement for (statement,) in cursor.fetchall()]
    assert len(prepared) == 5
    said += prepared
    assert any("FOR NO KEY UPDATE" in sql for sql in said)
    assert not [sql for sql in said if "FOR UPDATE" in sql]


def test_no_path_waits_for_who_refers_to_an_account() -> None:
    """A key share is what a foreign key takes; only FOR UPDATE would wait for it."""
    with held("a", KEY_SHARE):
        everything()
    check_books()


def test_with_all_posters_stopped_everything_goes_on_and_available_falls() -> None:
    seen = []
    for number in range(20):
        assert verdict(transfer(f"t{number}", "a", "b", "5")) == ("tried", None)
        assert confirm(f"t{number}", BY) is State.CONFIRMED
        found = balance("a")
        assert found is not None
        seen.append((found.figures.posted, found.figures.available))
    assert seen == [(10_000, 10_000 - 500 * number) for number in range(1, 21)]
    assert verdict(transfer("t", "a", "b", "5")) == ("rejected", "insufficient")
    assert Poster().drain() == 20
    assert figures("a") == (0, 0)
    assert figures("b") == (10_000, 0)


def test_what_is_available_is_spent_exactly_and_never_more() -> None:
    """Eight clients, each asking 25 times for 1.00 out of 100.00, some twice, posters beside."""
    stopping = threading.Event()

    def spend(client: int) -> int:
        accepted = 0
        for number in range(25):
            wanted = transfer(f"c{client}.{number}", "a", "b", "1")
            state, _ = verdict(wanted)
            assert verdict(wanted)[0] == state
            if state == "tried":
                confirm(wanted.id, BY)
                accepted += 1
        return accepted

    def observe() -> int:
        count = 0
        while not stopping.is_set():
            found = balance("a")
            assert found is not None
            assert found.figures.available is not None
            assert found.figures.available >= 0
            assert all(row.debit == row.credit for row in trial_balance().rows)
            count += 1
        return count

    def all_spend() -> int:
        try:
            return sum(in_threads(*[partial(spend, each) for each in range(8)]))
        finally:
            stopping.set()

    results = in_threads(
        all_spend, observe, *[lambda: Poster().run(stopping.is_set) for _ in range(2)]
    )
    assert results[0] == 100
    assert results[1] > 0
    Poster().drain()
    assert (figures("a"), figures("b")) == ((0, 0), (10_000, 0))
    assert list(findings()) == []


def test_a_bank_whose_clients_do_everything_at_once_loses_and_makes_nothing() -> None:
    """Transfers, crossing confirms and cancels, repeats; then every reservation is settled."""
    names = ["a", "b", "c", "d"]
    account("c", overdraft=2_000)
    account("d", Direction.DEBIT, overdraft=3_000)

    def work(client: int) -> None:
        dice = random.Random(client)
        for number in range(40):
            identifier = f"x{dice.randrange(8)}.{number}"
            payer, payee = dice.sample(names, 2)
            try_transactions([transfer(identifier, payer, payee, str(dice.randrange(1, 30)))], BY)
            with contextlib.suppress(IllegalStep):
                (confirm if dice.random() < 0.7 else cancel)(identifier, BY)

    stopping = threading.Event()

    def clients() -> None:
        try:
            in_threads(*[partial(work, each) for each in range(8)])
        finally:
            stopping.set()

    in_threads(clients, *[lambda: Poster().run(stopping.is_set) for _ in range(3)])
    for identifier in LedgerTransaction.objects.filter(state="tried").values_list("pk", flat=True):
        cancel(identifier, BY)
    Poster().drain()
    check_books()
    assert list(findings()) == []
    assert all(figures(name)[1] == 0 for name in names)
    assert StatementLine.objects.count() > 50


def test_several_posters_post_everything_once() -> None:
    batch = [transfer(f"t{number}", "cash", "a", "1") for number in range(300)]
    try_transactions(batch, BY, frozenset(each.id for each in batch))

    def post() -> int:
        count = 0
        while settled := post_due(20).count:
            count += settled
        return count

    counts = in_threads(*[post] * 4)
    while left := post_due(20).count:
        counts.append(left)
    assert sum(counts) == 300
    assert figures("a") == (40_000, 0)
    check_books()


POSTING = ("taken", "locked", "lines", "balances", "transactions", "messages", "commit")


def test_a_poster_killed_between_any_two_statements_loses_nothing_and_posts_nothing_twice() -> None:
    for number in range(3):
        verdict(transfer(f"t{number}", "a", "b", "10"))
        confirm(f"t{number}", BY)
        verdict(transfer(f"u{number}", "a", "b", "10"))
        cancel(f"u{number}", BY)
    for place in POSTING:
        assert dies_at(f"post.{place}", post_due), place
        assert (figures("a"), figures("b")) == ((10_000, 6_000), (0, 0)), place
        check_books()
    assert not dies_at("none", post_due)
    assert (figures("a"), figures("b")) == ((7_000, 0), (3_000, 0))
    assert post_due().count == 0
    assert list(findings()) == []


def bulk(confirmed: frozenset[str] = frozenset(("t", "u"))) -> Any:
    wanted = [transfer("t", "a", "b", "60"), transfer("u", "a", "b", "60")]
    return try_transactions(wanted, BY, confirmed)


DEADLY: list[tuple[str, Callable[[], Any]]] = [
    *[
        (f"admit.{place}", bulk)
        for place in (
            "locked", "transactions", "refusals", "confirmed", "reserved", "commit",
        )
    ],
    # Legs that wait for their decision have no messages yet, and a statement of their own.
    ("admit.legs", lambda: bulk(frozenset())),
    ("confirm.state", lambda: confirm("s", BY)),
    ("confirm.messages", lambda: confirm("s", BY)),
    ("cancel.state", lambda: cancel("s", BY)),
    # Between the two messages of a batch that does not fit as a whole.
    ("at_once.locked", bulk),
]  # fmt: skip


@pytest.mark.parametrize(("place", "work"), DEADLY, ids=[place for place, _ in DEADLY])
def test_a_server_killed_between_any_two_statements_has_done_nothing(
    place: str, work: Callable[[], Any]
) -> None:
    verdict(transfer("s", "a", "b", "10"))
    assert dies_at(place, work)
    assert set(LedgerTransaction.objects.values_list("pk", "state")) == {
        ("opening", "posted"), ("s", "tried"),
    }  # fmt: skip
    assert figures("a") == (10_000, 1_000)
    assert LedgerLeg.objects.count() == 4
    # Repeated, it is done once.
    states = [each.state.value for each in bulk() if isinstance(each, Outcome)]
    assert states == ["confirmed", "rejected"]
    assert confirm("s", BY) is State.CONFIRMED
    Poster().drain()
    assert (figures("a"), figures("b")) == ((3_000, 0), (7_000, 0))
    assert list(findings()) == []


def sure(payer: str, payee: str) -> Any:
    return try_transactions([transfer("x", payer, payee, "10")], BY, frozenset("x"))


COMMITTED: list[tuple[str, Callable[[], Any]]] = [
    ("at_once.given", lambda: sure("cash", "a")),
    ("at_once.held", lambda: sure("a", "b")),
    ("at_once.taken", bulk),
    ("at_once.confirmed", lambda: confirm("s", BY)),
]


@pytest.mark.parametrize(("place", "work"), COMMITTED, ids=[place for place, _ in COMMITTED])
def test_a_server_killed_after_its_commit_has_done_it_and_a_repeat_changes_nothing(
    place: str, work: Callable[[], Any]
) -> None:
    verdict(transfer("s", "a", "b", "10"))
    assert dies_at(place, work)
    states = set(LedgerTransaction.objects.values_list("pk", "state"))
    reserved = figures("a")[1]
    assert ("opening", "posted") in states
    assert len(states) > 2 or ("s", "confirmed") in states
    work()
    assert set(LedgerTransaction.objects.values_list("pk", "state")) == states
    assert figures("a")[1] == reserved
    Poster().drain()
    check_books()
    assert list(findings()) == []


def test_a_batch_that_fits_is_let_in_whole_and_one_that_does_not_is_judged_in_its_order() -> None:
    def batch(*amounts: str) -> list[str]:
        names = [f"{number}.{amount}" for number, amount in enumerate(amounts)]
        wanted = [
            transfer(name, "a", "b", amount) for name, amount in zip(names, amounts, strict=True)
        ]
        return [
            each.state.value for each in try_transactions(wanted, BY) if isinstance(each, Outcome)
        ]

    assert batch("40", "30", "20") == ["tried"] * 3
    assert figures("a") == (10_000, 9_000)
    assert batch("40", "9", "2", "1") == ["tried", "tried", "rejected", "tried"]
    assert figures("a") == (10_000, 10_000)
    change_account("b", Gesture.FREEZE_ALL, "", BY)
    assert batch("5") == ["rejected"]
    check_books()


def test_what_is_let_in_as_a_whole_counts_what_another_session_has_just_taken() -> None:
    """The figures are read after the wait for the row, not as they stood when it began."""
    told: list[tuple[str, str | None]] = []

    def late() -> None:
        told.append(verdict(transfer("late", "a", "b", "60")))
        connection.close()

    waiting = threading.Thread(target=late)
    other = connections.create_connection("default")
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("UPDATE ledger_ledgeraccount SET reserved = 6000 WHERE id = 'a'")
        waiting.start()
        while not waiting_sessions():
            assert waiting.is_alive()
            time.sleep(0.01)
    other.commit()
    other.close()
    waiting.join()
    assert told == [("rejected", "insufficient")]


def test_a_transaction_that_somebody_has_makes_no_other_confirm_wait() -> None:
    for name in ("t", "u"):
        verdict(transfer(name, "a", "b", "10"))
    other = connections.create_connection("default")
    other.set_autocommit(False)
    with other.cursor() as cursor:
        cursor.execute("SELECT 1 FROM ledger_ledgertransaction WHERE id = 'u' FOR UPDATE")
    assert confirm_at_once([("t", BY), ("u", BY), ("t", "another")]) == {"t"}
    other.rollback()
    other.close()
    assert LedgerTransaction.objects.get(pk="t").decided_by == BY
    assert confirm("u", BY) is State.CONFIRMED
    Poster().drain()
    check_books()


def test_two_calls_with_one_id_at_once_become_one_transaction() -> None:
    same = transfer("t", "a", "b", "60")
    for states in in_threads(*[lambda: verdict(same)] * 8):
        assert states == ("tried", None)
    assert figures("a") == (10_000, 6_000)


def test_a_try_and_its_cancel_that_cross_never_leave_a_reservation() -> None:
    for number in range(40):
        wanted = transfer(f"t{number}", "a", "b", "1")
        in_threads(partial(verdict, wanted), partial(cancel, wanted.id, BY))
        assert LedgerTransaction.objects.get(pk=wanted.id).state == "cancelled"
    Poster().drain()
    assert figures("a") == (10_000, 0)


@pytest.mark.parametrize("step", [confirm, cancel])
def test_a_decision_told_as_made_is_made_however_it_crosses_the_try(
    step: Callable[[str, str], State],
) -> None:
    """A try comes after the decision has found nothing to decide, and before it looks why."""
    looks = f'SELECT "{LedgerTransaction._meta.db_table}"."state"'  # documented
    meanwhile = Meanwhile(looks, partial(verdict, transfer("t", "a", "b", "60")))
    with connection.execute_wrapper(meanwhile):
        told = step("t", BY)
    assert meanwhile.is_done
    assert LedgerTransaction.objects.get(pk="t").state == told.value
    Poster().drain()
    assert figures("a") == (4_000 if step is confirm else 10_000, 0)
    check_books()
