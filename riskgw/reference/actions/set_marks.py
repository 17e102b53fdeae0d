"""Set the marks of a counter or an access system: these and no others."""

from collections.abc import Collection
from typing import Any

from riskgw.reference.models import AccessAddress, AccessSystem, Counter, CounterEndpoint


def set_endpoints(counter: Counter, kind: str, values: Collection[str]) -> None:
    """ValidationError for a mark that is none, or another counter's."""
    rows = CounterEndpoint.objects.filter(counter=counter, kind=kind)
    _set(rows, [CounterEndpoint(counter=counter, kind=kind, value=value) for value in values])


def set_addresses(system: AccessSystem, values: Collection[str]) -> None:
    rows = AccessAddress.objects.filter(access_system=system)
    _set(rows, [AccessAddress(access_system=system, value=value) for value in values])


def _set(stored: Any, wanted: list[Any]) -> None:
    values = {row.value for row in wanted}
    for row in stored.exclude(value__in=values):
        row.delete()
    known = set(stored.values_list("value", flat=True))
    for row in wanted:
        if row.value not in known:
            row.full_clean()
            row.save()
