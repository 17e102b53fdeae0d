"""Jepsen's bank workload on PostgreSQL; `test_sqlite.py` runs it on SQLite."""

import time
from functools import partial

import pytest

from ledger.models import LedgerTransaction
from ledger.poster import Poster
from ledger.verification import findings
from tests.ledger.bank import NAMES, TOTAL, look, move, open_bank
from tests.ledger.books import figures
from tests.ledger.sessions import in_threads

SECONDS, CLIENTS, POSTERS, LOOKERS = 1.2, 5, 2, 2


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True, serialized_rollback=True)
def test_whoever_looks_at_a_bank_sees_all_its_money_and_nobody_below_zero() -> None:
    open_bank()
    ends = time.monotonic() + SECONDS

    def post() -> int:
        Poster().run(lambda: time.monotonic() > ends)
        return 0

    pictures = in_threads(
        *[partial(move, client, SECONDS) for client in range(CLIENTS)],
        *[post] * POSTERS,
        *[partial(look, SECONDS)] * LOOKERS,
    )
    # They looked while it moved.
    assert min(pictures[-LOOKERS:]) > 3
    Poster().drain()
    assert sum(figures(name)[0] for name in NAMES) == TOTAL
    assert [figures(name)[1] for name in NAMES] == [0] * len(NAMES)
    assert LedgerTransaction.objects.filter(state="posted").count() > 20
    assert list(findings()) == []
