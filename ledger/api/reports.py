"""The whole of the books: trial balance, days, and how far posting is behind."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from django.utils import timezone
from rest_framework import serializers

from ledger.api.results import (
    DaysResult,
    FlowResult,
    HotAccountResult,
    PostingResult,
    TrialBalanceResult,
)
from ledger.domain.alarms import IN_FLIGHT_MAX, LAG_MAX
from ledger.domain.money import money_text
from ledger.models import DayCut, Reconciliation
from ledger.queries import books_day, flow, in_flight_ages, trial_balance
from ledger.telling import TOPIC
from riskgw.bus.connection import Unreachable, connect_once
from riskgw.bus.live import newest
from riskgw.web.handlers import Answer, Handler
from riskgw.web.problems import Problem

DAYS_MAX = 30


class DaysArguments(serializers.Serializer[Any]):
    """How many of each."""

    limit = serializers.IntegerField(required=False, default=10, min_value=1, max_value=DAYS_MAX)


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
        day = books_day(found.as_of)
        return self.rendered(
            {"as_of": found.as_of, "day": day, "unposted": found.unposted, "rows": rows}
        )


class ShowDays(Handler):
    """The day the books are on, the latest day cuts and the latest reconciliations."""

    arguments = DaysArguments
    result = DaysResult

    def answer(self) -> Answer:
        limit = self.values["limit"]
        return self.rendered(
            {
                "day": books_day(timezone.now()),
                "cuts": DayCut.objects.order_by("-closed")[:limit],
                "reconciliations": Reconciliation.objects.order_by("-at")[:limit],
            }
        )


class ShowFlow(Handler):
    """What waits to be posted and what waits for its coordinator."""

    result = FlowResult

    def answer(self) -> Answer:
        now = timezone.now()
        found = flow(now)
        return self.rendered(
            {
                "unposted": found.unposted,
                "unposted_oldest_seconds": _seconds(found.unposted_oldest),
                "unposted_seconds_max": LAG_MAX.total_seconds(),
                "in_flight": found.in_flight,
                "in_flight_oldest_seconds": _seconds(found.in_flight_oldest),
                "in_flight_seconds_max": IN_FLIGHT_MAX.total_seconds(),
                "ages": [
                    {"since_seconds": group.since.total_seconds(), "count": group.count}
                    for group in in_flight_ages(now)
                ],
            }
        )


class ShowPosting(Handler):
    """How late postings were, second by second, and how many there were."""

    result = PostingResult

    def answer(self) -> Answer:
        told = _told()
        return self.rendered(
            {
                "as_of_ns": told.get("as_of_ns"),
                "has_poster": told.get("flow", {}).get("has_poster", False),
                "alarms": told.get("flow", {}).get("alarms", []),
                "history": [
                    {"second": second, "lag_ms": lag_ms, "posted": posted}
                    for second, lag_ms, posted in told.get("history", [])
                ],
            }
        )


class ListHotAccounts(Handler):
    """The accounts with the most movements in the last minute, as the posters told."""

    result = HotAccountResult
    is_list = True

    def answer(self) -> Answer:
        return self.rendered(_told().get("hot", []))


def _told() -> dict[str, Any]:
    try:
        told: dict[str, Any] | None = newest(connect_once(), TOPIC)
    except Unreachable:
        detail = "The queue server does not answer."
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unreachable", detail) from None
    return told or {}


def _seconds(age: timedelta | None) -> float | None:
    return None if age is None else age.total_seconds()
