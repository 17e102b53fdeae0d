"""Retention: by age and by number, the oldest first, so many rows a run."""

import pytest

from quoting.actions.forget_facts import KEPT, Kept, forget_facts
from quoting.models import Deal, PublishedQuote, Withdrawal
from riskgw.kernel.times import NS_PER_SECOND

pytestmark = pytest.mark.django_db
NOW_NS = 1_000_000 * NS_PER_SECOND


def quotes(*seconds_ago: int) -> None:
    PublishedQuote.objects.bulk_create(
        PublishedQuote(
            log_id=1, line=number, place=0, at_ns=NOW_NS - seconds * NS_PER_SECOND,
            pair="USD.CNY", channel="C", quote=number, side="bid", level=0, price=1, size=1,
        )
        for number, seconds in enumerate(seconds_ago)
    )  # fmt: skip


def left() -> list[int]:
    rows = PublishedQuote.objects.order_by("id").values_list("at_ns", flat=True)
    return [(NOW_NS - at_ns) // NS_PER_SECOND for at_ns in rows]


def test_what_is_older_than_kept_goes() -> None:
    quotes(12, 11, 10, 9)
    assert forget_facts(NOW_NS, {PublishedQuote: Kept(10, 100)}) == 2
    assert left() == [10, 9]


def test_the_oldest_of_too_many_go() -> None:
    quotes(4, 3, 2, 1)
    assert forget_facts(NOW_NS, {PublishedQuote: Kept(10, 3)}) == 1
    assert left() == [3, 2, 1]


def test_a_table_without_rows_is_left_alone() -> None:
    assert forget_facts(NOW_NS) == 0


def test_a_run_deletes_a_bounded_number() -> None:
    count = 25
    quotes(*[20] * count)
    assert forget_facts(NOW_NS, {PublishedQuote: Kept(10, 100)}, deleted_max=10) == 10
    assert len(left()) == count - 10


def test_every_stored_fact_has_a_bound() -> None:
    assert {Deal, PublishedQuote, Withdrawal} < set(KEPT)
    assert all(kept.rows > 0 and kept.seconds > 0 for kept in KEPT.values())
