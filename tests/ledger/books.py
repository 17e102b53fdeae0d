"""Books to test with: accounts, transfers between them, and what must hold at every moment."""

from collections.abc import Iterable

from django.db.models import Sum

from ledger.actions.accounts import Description, open_account
from ledger.actions.confirm import confirm
from ledger.actions.post import post_due
from ledger.actions.try_transactions import Answered, Outcome, try_transactions
from ledger.domain.acceptance import Wanted, WantedLeg
from ledger.domain.direction import Direction, Side, Trust, normal
from ledger.domain.transaction import State
from ledger.models import LedgerAccount, LedgerLeg, StatementLine

BY = "tester"


def account(
    name: str, direction: Direction = Direction.CREDIT, currency: str = "CNY", overdraft: int = 0
) -> LedgerAccount:
    return open_account(Description(name, name, currency, direction, overdraft), BY)


def transfer(identifier: str, payer: str, payee: str, amount: str) -> Wanted:
    """Debit the payer, credit the payee."""
    legs = (WantedLeg(payer, Side.DEBIT, amount), WantedLeg(payee, Side.CREDIT, amount))
    return Wanted(identifier, legs)


def tried(wanted: Wanted) -> Answered:
    return try_transactions([wanted], BY)[0]


def verdict(wanted: Wanted) -> tuple[str, str | None]:
    """State and reason."""
    answer = tried(wanted)
    assert isinstance(answer, Outcome), answer
    return answer.state.value, answer.reason


def paid(wanted: Wanted) -> None:
    """Tried, confirmed and posted."""
    assert verdict(wanted) == ("tried", None)
    confirm(wanted.id, BY)
    post_due()


def figures(name: str) -> tuple[int, int]:
    """Posted and reserved."""
    row = LedgerAccount.objects.get(pk=name)
    return row.posted, row.reserved


def check_books(accounts: Iterable[LedgerAccount] | None = None) -> None:
    """What holds at every moment, read from the rows and nothing else."""
    rows = list(accounts or LedgerAccount.objects.all())
    for row in rows:
        direction = Direction(row.direction)
        assert row.reserved == _held(row)
        lines = list(StatementLine.objects.filter(account=row).order_by("seq"))
        assert [line.seq for line in lines] == list(range(1, row.seq + 1))
        assert row.posted == (lines[-1].balance_after if lines else 0)
        for line in lines:
            assert direction is Direction.UNRESTRICTED or (
                normal(direction, line.balance_after) + row.overdraft >= 0
            )
        available = row.figures.available
        assert available is None or available >= 0
    sums = LedgerAccount.objects.values("currency").annotate(total=Sum("posted"))
    assert all(each["total"] == 0 for each in sums)


def _held(row: LedgerAccount) -> int:
    """The decreases that are admitted and neither posted nor given back."""
    legs = LedgerLeg.objects.filter(account=row, trust=Trust.IN.value)
    open_states = (State.TRIED.value, State.CONFIRMED.value, State.CANCELLED.value)
    held = legs.filter(transaction__state__in=open_states, transaction__settled_at=None)
    return int(held.aggregate(total=Sum("amount", default=0))["total"])
