"""A customer, control group or account over all counters, as this process's replica knows it."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import NamedTuple

from monitoring.domain.live_view import (
    AccountView,
    HeldPosition,
    StandingOrder,
    is_about,
    stopped,
)
from monitoring.domain.restrictions import Requested
from monitoring.live_queries import accounts_of, party_name
from monitoring.replica import Replica
from riskgw.messages.restriction import Act, Restriction
from riskgw.reference.models import Account
from riskgw.web.problems import Problem

# Of one party; of more the first are shown.
ACCOUNTS_MAX = 100


class Party(NamedTuple):
    """Who is looked at, by whom: at these counters, None for all; `symbol` in which contract."""

    kind: str
    code: str
    counters: frozenset[str] | None
    symbol: str = ""


class AccountSeen(NamedTuple):
    """An account; `stopped` is what it may not do, None where nobody knows; so is `view`."""

    row: Account
    stopped: tuple[Act, ...] | None
    view: AccountView | None

    @property
    def counter(self) -> str:
        return self.row.counter.code if self.row.counter else ""


class PartySeen(NamedTuple):
    """All that is known; `pending` says why nothing live is."""

    name: str
    as_of_ns: int
    pending: str | None
    accounts: list[AccountSeen]
    accounts_total: int
    restrictions: list[Restriction] | None
    symbol: str

    @property
    def positions(self) -> list[HeldPosition]:
        """Of all accounts, by contract."""
        found = [
            position
            for each in self.accounts
            if each.view
            for position in each.view.positions
            if _is_wanted(position.contract, self.symbol)
        ]
        return sorted(found, key=lambda each: (each.contract, each.account, each.is_short))

    @property
    def orders(self) -> list[StandingOrder]:
        return [
            order
            for each in self.accounts
            if each.view
            for order in each.view.orders
            if _is_wanted(order.contract or "", self.symbol)
        ]

    @property
    def orders_total(self) -> int:
        """All that live; with a contract asked for, those that were looked at."""
        if self.symbol:
            return len(self.orders)
        return sum(each.view.orders_total for each in self.accounts if each.view)

    def counter_of(self, exchange: str, account: str) -> str:
        for each in self.accounts:
            if (each.row.exchange_id, each.row.code) == (exchange, account):
                return each.counter
        return ""


def look_at(replica: Replica, party: Party) -> PartySeen:
    """Problem where there is no such party, or none that may be seen."""
    rows = accounts_of(party.kind, party.code, party.counters)
    total = rows.count()
    if not total:
        raise Problem(HTTPStatus.NOT_FOUND, "not_found", f"There is no such {party.kind}.")
    pending = replica.pending
    standing = replica.standing
    accounts = [
        _seen(replica, row, standing, is_live=pending is None) for row in rows[:ACCOUNTS_MAX]
    ]
    return PartySeen(
        name=party_name(party.kind, party.code),
        as_of_ns=replica.as_of_ns,
        pending=pending[0] if pending else None,
        accounts=accounts,
        accounts_total=total,
        restrictions=None if standing is None else _about(standing, accounts),
        symbol=party.symbol,
    )


def _seen(
    replica: Replica, row: Account, standing: Sequence[Restriction] | None, *, is_live: bool
) -> AccountSeen:
    return AccountSeen(
        row,
        None if standing is None else stopped(standing, _who(row)),
        replica.look(row.exchange_id, row.code) if is_live else None,
    )


def _about(standing: Sequence[Restriction], accounts: Sequence[AccountSeen]) -> list[Restriction]:
    """The newest first."""
    people = [_who(each.row) for each in accounts]
    found = [each for each in standing if any(is_about(each, who) for who in people)]
    return sorted(found, key=lambda each: (-each.since_ns, each.id))


def _who(row: Account) -> Requested:
    return Requested(
        account=row.code,
        group=row.group.code if row.group else row.code,
        customer=row.customer.code if row.customer else None,
        counter=row.counter.code if row.counter else None,
    )


def _is_wanted(contract: str, symbol: str) -> bool:
    """600000 or SSE:600000; none is all."""
    return not symbol or contract == symbol or contract.rpartition(":")[2] == symbol
