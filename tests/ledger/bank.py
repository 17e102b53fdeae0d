"""Jepsen's bank: money goes to and fro while others look at all accounts at once.

Whoever looks sees the same total, and nobody below zero.
"""

import contextlib
import itertools
import random
import time

from ledger.actions.cancel import cancel
from ledger.actions.confirm import confirm
from ledger.actions.try_transactions import try_transactions
from ledger.domain.direction import Direction
from ledger.domain.transaction import IllegalStep
from ledger.models import LedgerAccount
from tests.ledger.books import BY, account, paid, transfer

NAMES = tuple(f"bank{number}" for number in range(5))
EACH = 2_000
TOTAL = EACH * len(NAMES)


def open_bank() -> None:
    account("outside", Direction.UNRESTRICTED)
    for name in NAMES:
        account(name)
        paid(transfer(f"opening.{name}", "outside", name, f"{EACH // 100}"))


def move(client: int, seconds: float) -> None:
    """One by one or some at once; most are confirmed, some are taken back."""
    dice = random.Random(client)
    ends = time.monotonic() + seconds
    for number in itertools.count():
        if time.monotonic() > ends:
            return
        batch = []
        for place in range(dice.choice((1, 1, 3))):
            payer, payee = dice.sample(NAMES, 2)
            amount = f"{dice.randrange(1, 8)}"
            batch.append(transfer(f"m{client}.{number}.{place}", payer, payee, amount))
        at_once = frozenset(each.id for each in batch if len(batch) > 1)
        try_transactions(batch, BY, at_once)
        if not at_once:
            with contextlib.suppress(IllegalStep):
                (confirm if dice.random() < 0.8 else cancel)(batch[0].id, BY)


def look(seconds: float) -> int:
    """All accounts by one statement, again and again; how many different pictures that were."""
    ends = time.monotonic() + seconds
    seen = set()
    while time.monotonic() < ends:
        rows = LedgerAccount.objects.filter(pk__in=NAMES).order_by("pk")
        picture = tuple(rows.values_list("posted", "reserved"))
        assert len(picture) == len(NAMES)
        assert sum(posted for posted, _ in picture) == TOTAL, picture
        assert all(0 <= reserved <= posted for posted, reserved in picture), picture
        seen.add(picture)
    return len(seen)
