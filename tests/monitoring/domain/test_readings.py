"""Which conditions of an alert hold."""

import pytest

from monitoring.domain.readings import has_reached
from riskgw.messages.alert import Reading


@pytest.mark.parametrize(
    ("value", "cmp", "threshold", "expected"),
    [
        (299, "ge", 300, False),
        (300, "ge", 300, True),
        (301, "ge", 300, True),
        (300, "gt", 300, False),
        ("40.000001", "gt", 40, True),
        ("39.999999", "gt", 40, False),
        ("80.5", "gt", "80.5", None),  # may have been 80.5000001
        ("40", "gt", 40, None),  # a text is a rounded number, also a whole one
        (5, "lt", 6, True),
        (5, "eq", 5, True),
        (5, "ne", 5, False),
        (None, "ge", 1, False),
    ],
)
def test_a_value_has_reached_its_threshold(
    value: int | str | None, cmp: str, threshold: int | str, expected: bool | None
) -> None:
    reading = Reading("orders", value, cmp, threshold, "count")
    assert has_reached(reading) is expected
