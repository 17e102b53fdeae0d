"""Statements that are prepared once a connection: any text arrives, and a session may forget."""

import pytest
from django.db import connection

from ledger.actions.confirm import confirm
from ledger.actions.prepared import FREELY, Prepared, asked
from ledger.actions.try_transactions import try_transactions
from ledger.domain.acceptance import Wanted
from ledger.domain.direction import Direction
from ledger.domain.transaction import State
from ledger.models import LedgerTransaction, Refusal
from tests.ledger.books import BY, account, figures, paid, transfer, verdict

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.postgres,
]


@pytest.fixture(autouse=True)
def books() -> None:
    account("cash", Direction.UNRESTRICTED)
    account("it's {a}", Direction.CREDIT)
    paid(transfer("opening", "cash", "it's {a}", "100"))


TEXTS = ("it's", 'say "no"', "back\\slash\\", "{a,b}", "NULL", "%s $1", "金额", "; COMMIT; --", " ")


@pytest.mark.parametrize("text", TEXTS)
def test_any_text_is_kept_as_it_came(text: str) -> None:
    moves = {
        "more": ("cash", "it's {a}", "1"),
        "less": ("it's {a}", "cash", "1"),
        "refused": ("it's {a}", "cash", "1000"),
    }
    for name, (payer, payee, amount) in moves.items():
        legs = transfer("", payer, payee, amount).legs
        try_transactions([Wanted(f"{name} {text}", legs, memo=text)], text)
    rows = LedgerTransaction.objects.filter(memo=text).values_list("pk", "tried_by", "state")
    assert set(rows) == {
        (f"more {text}", text, "tried"), (f"less {text}", text, "tried"),
        (f"refused {text}", text, "rejected"),
    }  # fmt: skip
    refusal = Refusal.objects.get()
    assert (refusal.by, refusal.legs[0]["account"]) == (text, "it's {a}")
    assert confirm(f"less {text}", text) is State.CONFIRMED
    assert figures("it's {a}") == (10_000, 100)


def test_a_text_that_postgresql_cannot_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="NUL"):
        asked(FREELY, Prepared("ledger_text", "SELECT $1::varchar").of("a\0b"))


def test_a_session_that_has_forgotten_its_statements_is_taught_again() -> None:
    for number, (payer, payee) in enumerate((("cash", "it's {a}"), ("it's {a}", "cash"))):
        verdict(transfer(f"before{number}", payer, payee, "1"))
        with connection.cursor() as cursor:
            cursor.execute("DEALLOCATE ALL")
        assert verdict(transfer(f"after{number}", payer, payee, "1")) == ("tried", None)
        assert verdict(transfer(f"before{number}", payer, payee, "1")) == ("tried", None)
        assert confirm(f"after{number}", BY) is State.CONFIRMED
