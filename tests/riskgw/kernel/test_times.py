"""Exchange local time, nanoseconds, trading days."""

from datetime import UTC, date, datetime

import pytest

from riskgw.kernel.times import (
    NS_PER_SECOND,
    day_start_ns,
    local_datetime,
    local_timestamp,
    local_timestamp_ns,
    trading_day,
    utc_datetime,
)


def ns(*utc: int) -> int:
    return int(datetime(*utc, tzinfo=UTC).timestamp()) * NS_PER_SECOND  # type: ignore[misc, arg-type]  # year to second


def test_a_local_timestamp_is_beijing_time() -> None:
    assert local_timestamp_ns(20251127093000123) == ns(2025, 11, 27, 1, 30) + 123_000_000


@pytest.mark.parametrize("stamp", [0, 20251327093000000, 20251127246000000, 20251127093060000, -1])
def test_a_stamp_that_names_no_instant_is_none(stamp: int) -> None:
    assert local_timestamp_ns(stamp) is None


def test_a_timestamp_reads_back() -> None:
    at_ns = ns(2026, 1, 5, 6, 59, 59) + 987_654_321
    assert local_timestamp_ns(local_timestamp(at_ns)) == at_ns - at_ns % 1_000_000


def test_local_and_utc_times_are_eight_hours_apart() -> None:
    at_ns = ns(2026, 11, 23, 1, 30)
    assert (local_datetime(at_ns).hour, utc_datetime(at_ns).hour) == (9, 1)


@pytest.mark.parametrize(
    ("local", "day"),
    [
        ((2026, 11, 23, 9, 30), date(2026, 11, 23)),
        ((2026, 11, 23, 18, 59), date(2026, 11, 23)),
        ((2026, 11, 23, 19, 0), date(2026, 11, 24)),  # the night session is tomorrow's
        ((2026, 11, 27, 21, 0), date(2026, 11, 30)),  # Friday night is Monday's
        ((2026, 11, 28, 1, 0), date(2026, 11, 30)),
    ],
)
def test_the_trading_day_is_not_the_calendar_day(local: tuple[int, ...], day: date) -> None:
    assert trading_day(ns(*local) - 8 * 3600 * NS_PER_SECOND) == day


def test_a_day_starts_at_local_midnight() -> None:
    assert day_start_ns(date(2026, 11, 23)) == ns(2026, 11, 22, 16)
