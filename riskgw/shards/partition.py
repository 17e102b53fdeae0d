"""Which shard a business key belongs to: the same in every process and on every run."""

from zlib import crc32

from riskgw.messages.base_data import BaseData
from riskgw.messages.event import Event


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


def shard_of(key: str, shards: int) -> int:
    """0 to shards - 1. Python's own hash differs between processes, CRC-32 does not."""
    return crc32(key.encode()) % shards
