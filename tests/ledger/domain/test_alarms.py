"""Lag of posting and age of reservations: at the limit, just over, and nothing there."""

from datetime import timedelta

import pytest

from ledger.domain.alarms import IN_FLIGHT_MAX, LAG_MAX, alarms

MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("unposted", "in_flight", "said"),
    [
        (None, None, []),
        (LAG_MAX, IN_FLIGHT_MAX, []),
        (LAG_MAX + MOMENT, None, ["posting is 5 s behind"]),
        (None, IN_FLIGHT_MAX + MOMENT, ["a reservation has waited 600 s for its decision"]),
    ],
)
def test_what_is_too_old_is_said(
    unposted: timedelta | None, in_flight: timedelta | None, said: list[str]
) -> None:
    assert list(alarms(unposted, in_flight)) == said
