"""What of the ledger's flow somebody should look at."""

from collections.abc import Iterator
from datetime import timedelta

# Posting later than this after its confirm keeps money from being spent.
LAG_MAX = timedelta(seconds=5)
# A try that nobody decided for so long: its coordinator has forgotten it. It never expires by
# our clock, for its confirm may still come.
IN_FLIGHT_MAX = timedelta(minutes=10)
# Tries are counted by how long they have waited.
AGES = (timedelta(), timedelta(seconds=10), timedelta(minutes=1), IN_FLIGHT_MAX, timedelta(hours=1))


def alarms(unposted: timedelta | None, in_flight: timedelta | None) -> Iterator[str]:
    """From the ages of the oldest, None where there is none."""
    if unposted is not None and unposted > LAG_MAX:
        yield f"posting is {unposted.total_seconds():.0f} s behind"
    if in_flight is not None and in_flight > IN_FLIGHT_MAX:
        yield f"a reservation has waited {in_flight.total_seconds():.0f} s for its decision"


def alarm_codes(unposted: timedelta | None, in_flight: timedelta | None) -> Iterator[str]:
    """The same for programs."""
    if unposted is not None and unposted > LAG_MAX:
        yield "posting_behind"
    if in_flight is not None and in_flight > IN_FLIGHT_MAX:
        yield "reservation_aged"
