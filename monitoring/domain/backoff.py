"""When what could not be delivered is tried again, and when no more."""

# Seconds after each failure; about a quarter of an hour in all, then it is a dead letter.
DELAYS_SECONDS = (1, 2, 5, 15, 60, 300, 600)
ATTEMPTS_MAX = len(DELAYS_SECONDS) + 1


def delay_seconds(attempts: int) -> int | None:
    """After so many failed attempts; None when there is to be no other."""
    assert attempts >= 1
    return DELAYS_SECONDS[attempts - 1] if attempts < ATTEMPTS_MAX else None
