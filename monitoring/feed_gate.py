"""The gate of the counters' feeds: each item once, into the streams of the shards.

What was seen stands beside the streams and is written with them in one step: after a crash or a
restart either both have an item or neither.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from riskgw.bus.connection import Client
from riskgw.bus.streams import STREAM_ENTRIES_MAX

# Of one trading day, all sources together: about 300 MB.
SEEN_MAX = 5_000_000
_KEPT_SECONDS = 3 * 86_400
_DIGEST_SIZE = 12
TRIES_MAX = 5
# Nothing, if somebody else has brought one of them in since we looked.
_ADMIT = """
local count = tonumber(ARGV[2])
if count > 0 then
  for _, seen in ipairs(redis.call('SMISMEMBER', KEYS[1], unpack(ARGV, 4, 3 + count))) do
    if seen == 1 then return 0 end
  end
  redis.call('SADD', KEYS[1], unpack(ARGV, 4, 3 + count))
  redis.call('EXPIRE', KEYS[1], ARGV[1])
end
local at = 4 + count
for _ = 1, tonumber(ARGV[3]) do
  redis.call('XADD', ARGV[at], '*', 'b', ARGV[at + 1])
  at = at + 2
end
return 1
"""
# Lua takes no more values at once.
CHUNK_MAX = 5_000


class GateFull(Exception):
    """No more items are remembered for this day, or the shards are too far behind."""


class Contended(Exception):
    """The same items are being sent again and again by others."""


def digest(sender: str, source: str, source_id: str) -> bytes:
    """What is remembered of an item: long enough that no two are taken for one."""
    text = "\0".join((sender, source, source_id))
    return hashlib.blake2b(text.encode(), digest_size=_DIGEST_SIZE).digest()


def unseen(client: Client, day: date, digests: Sequence[bytes]) -> list[bool]:
    """Which of them are new."""
    if not digests:
        return []
    return [not seen for seen in client.smismember(_key(day), list(digests))]


def check_room(client: Client, day: date, streams: Sequence[str]) -> None:
    if client.scard(_key(day)) >= SEEN_MAX:
        raise GateFull("no more items are remembered for this trading day")
    if any(client.xlen(stream) > STREAM_ENTRIES_MAX for stream in streams):
        raise GateFull("the shards are behind")


def admit(
    client: Client, day: date, digests: Sequence[bytes], entries: Mapping[str, bytes]
) -> bool:
    """Entries into their streams and their items remembered, or nothing at all."""
    blobs: list[Any] = [part for pair in entries.items() for part in pair]
    counts = (_KEPT_SECONDS, len(digests), len(entries))
    return bool(client.eval(_ADMIT, 1, _key(day), *counts, *digests, *blobs))


def numbers(client: Client, source: str, count: int) -> int:
    """The first of so many numbers that no other event of the source has."""
    last: int = client.incrby(f"feed.number.{source}", count)
    return last - count + 1


def _key(day: date) -> str:
    return f"feed.seen.{day}"
