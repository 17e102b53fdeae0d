"""The whole of the books: trial balance, and how far posting is behind."""

from datetime import timedelta

from django.utils import timezone

from ledger.api.results import FlowResult, TrialBalanceResult
from ledger.domain.money import money_text
from ledger.queries import flow, trial_balance
from riskgw.web.handlers import Answer, Handler


class ShowTrialBalance(Handler):
    """Debit and credit balances by currency, equal at every moment."""

    result = TrialBalanceResult

    def answer(self) -> Answer:
        found = trial_balance()
        rows = [
            {
                "currency": row.currency,
                "debit": money_text(row.debit, row.currency),
                "credit": money_text(row.credit, row.currency),
            }
            for row in found.rows
        ]
        return self.rendered({"as_of": found.as_of, "unposted": found.unposted, "rows": rows})


class ShowFlow(Handler):
    """What waits to be posted and what waits for its coordinator."""

    result = FlowResult

    def answer(self) -> Answer:
        found = flow(timezone.now())
        return self.rendered(
            {
                "unposted": found.unposted,
                "unposted_oldest_seconds": _seconds(found.unposted_oldest),
                "in_flight": found.in_flight,
                "in_flight_oldest_seconds": _seconds(found.in_flight_oldest),
            }
        )


def _seconds(age: timedelta | None) -> float | None:
    return None if age is None else age.total_seconds()
