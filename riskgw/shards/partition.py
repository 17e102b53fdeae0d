"""Which shard a business key belongs to: the same in every process and on every run."""

from zlib import crc32


def shard_of(key: str, shards: int) -> int:
    """0 to shards - 1. Python's own hash differs between processes, CRC-32 does not."""
    return crc32(key.encode()) % shards
