"""Retention: what is older than is kept goes, and so do the oldest rows of a table that is full.

By key, which grows with time: a bounded number of rows a run, the oldest first.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.db import models

from quoting.models import (
    CleansedPrice,
    Deal,
    DeskAction,
    PriceRequest,
    PublishedQuote,
    Withdrawal,
)
from riskgw.kernel.times import NS_PER_SECOND

DELETED_MAX = 20_000
_HOUR, _DAY = 3600, 24 * 3600


class Kept(NamedTuple):
    """So many seconds and so many rows."""

    seconds: int
    rows: int


KEPT: Mapping[type[models.Model], Kept] = {
    PublishedQuote: Kept(48 * _HOUR, 5_000_000),
    CleansedPrice: Kept(7 * _DAY, 1_000_000),
    Withdrawal: Kept(31 * _DAY, 5_000_000),
    PriceRequest: Kept(400 * _DAY, 5_000_000),
    DeskAction: Kept(400 * _DAY, 5_000_000),
    Deal: Kept(3_650 * _DAY, 10_000_000),
}


def forget_facts(
    now_ns: int,
    kept: Mapping[type[models.Model], Kept] = KEPT,
    deleted_max: int = DELETED_MAX,
) -> int:
    """How many rows are gone."""
    return sum(_forget(model, each, now_ns, deleted_max) for model, each in kept.items())


def _forget(model: type[models.Model], kept: Kept, now_ns: int, deleted_max: int) -> int:
    rows = model._default_manager.order_by("pk")  # noqa: SLF001  # documented
    oldest, newest = rows.first(), rows.last()
    if oldest is None or newest is None:
        return 0
    until = min(oldest.pk + deleted_max, newest.pk + 1)
    first_kept = newest.pk - kept.rows + 1
    before_ns = now_ns - kept.seconds * NS_PER_SECOND
    reach = rows.filter(pk__lt=until)
    old = reach.filter(models.Q(pk__lt=first_kept) | models.Q(at_ns__lt=before_ns))
    # Nothing is gathered: no row refers to a fact, and nobody listens.
    return old._raw_delete(old.db)  # noqa: SLF001  # the only deletion that reads nothing
