"""An order to the sensors: play these captures, from this moment on, this fast."""

import msgspec

from riskgw.kernel.times import NS_PER_SECOND

# Faster than any clock: as fast as the stages behind can take it.
MAX_SPEED = 0.0
PATIENCE_NS = NS_PER_SECOND // 5
# Faster than life a moment's pause of one sensor is long in capture time, and nobody waits.
REPLAY_PATIENCE_NS = NS_PER_SECOND
# At full speed there is no measure of time but the watermarks of all sources.
ENDLESS_NS = 1 << 62


class ReplayOrder(msgspec.Struct, frozen=True):
    """`speed` seconds of capture a second, MAX_SPEED for no pacing; `started_ns` by the clock."""

    id: str
    files: tuple[str, ...]
    speed: float
    started_ns: int
    first_ns: int
    is_demo: bool = False

    @property
    def patience_ns(self) -> int:
        """How long an event may wait for a slower source, in capture time."""
        if self.speed == MAX_SPEED:
            return ENDLESS_NS
        if self.speed <= 1:
            return PATIENCE_NS
        return round(REPLAY_PATIENCE_NS * self.speed)

    def capture_ns(self, now_ns: int) -> int:
        """How far the capture may have been played by now."""
        if self.speed == MAX_SPEED:
            return ENDLESS_NS
        return self.first_ns + round((now_ns - self.started_ns) * self.speed)


class Progress(msgspec.Struct, frozen=True):
    """How far a sensor is: packets read of the order's files, whether all of them."""

    order: str
    packets: int
    until_ns: int
    is_done: bool = False


def order_from_json(data: bytes) -> ReplayOrder:
    return msgspec.json.decode(data, type=ReplayOrder)


def progress_from_json(data: bytes) -> Progress:
    return msgspec.json.decode(data, type=Progress)
