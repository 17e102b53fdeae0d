"""What never changes of an account, remembered: to read a request needs no look at its row."""

from collections.abc import Iterable
from typing import NamedTuple

from ledger.domain.direction import Direction
from ledger.models import LedgerAccount

KNOWN_MAX = 100_000


class Kind(NamedTuple):
    """Figures and usability are not here: admission reads them from the row each time."""

    direction: Direction
    currency: str


_known: dict[str, Kind] = {}


def kinds(ids: Iterable[str]) -> dict[str, Kind]:
    """Of the accounts that there are."""
    wanted = set(ids)
    known = {name: _known[name] for name in wanted if name in _known}
    if unknown := wanted - known.keys():
        rows = LedgerAccount.objects.filter(pk__in=unknown)
        found = {
            pk: Kind(Direction(direction), currency)
            for pk, direction, currency in rows.values_list("pk", "direction", "currency")
        }
        known |= found
        if len(_known) + len(found) > KNOWN_MAX:
            _known.clear()
        _known.update(found)
    return known


def forget() -> None:
    """For tests, whose accounts come and go."""
    _known.clear()
