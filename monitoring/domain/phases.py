"""The phase an instant lies in, found once a minute."""

from functools import lru_cache

from riskgw.kernel.sessions import phase_of
from riskgw.kernel.times import NS_PER_SECOND

_MINUTE_NS = 60 * NS_PER_SECOND


@lru_cache(maxsize=4096)
def _phase_of_minute(minute: int) -> str:
    return phase_of(minute * _MINUTE_NS)


def phase_at(at_ns: int) -> str:
    """Phases begin on the minute."""
    return _phase_of_minute(at_ns // _MINUTE_NS)
