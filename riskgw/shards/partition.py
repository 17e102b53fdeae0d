"""Which shard a business key belongs to: the same in every process and on every run."""

from zlib import crc32

from msgspec.structs import replace

from riskgw.kernel.addresses import client_host
from riskgw.messages.base_data import BaseData
from riskgw.messages.event import AWAY, COPY, Event


class Shards:
    """All events of a control group go to one shard; an account in none is its own group."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._groups: dict[tuple[str, str], str] = {}

    def load(self, base: BaseData) -> None:
        """Which group an account belongs to from now on."""
        self._groups = {(each.exchange, each.id): each.group for each in base.accounts}

    def of(self, event: Event) -> int:
        """0 to count - 1."""
        account = event.account or ""
        return shard_of(self._groups.get((event.exchange or "", account), account), self.count)

    def routed(self, event: Event) -> tuple[tuple[int, Event], ...]:
        """Where an event goes: to the shard of its group, and to that of an unknown address."""
        home = self.of(event)
        if not event.is_counter_unknown or self.count == 1:
            return ((home, event),)
        away = shard_of(client_host(event.conn), self.count)
        if away == home:
            return ((home, event),)
        return (home, replace(event, by_source=AWAY)), (away, replace(event, by_source=COPY))


def shard_of(key: str, shards: int) -> int:
    """0 to shards - 1. Python's own hash differs between processes, CRC-32 does not."""
    return crc32(key.encode()) % shards
