"""Streams: blobs in order, read from a position, written together with the reader's checkpoint."""

import time
from collections.abc import Collection, Iterator, Sequence
from hashlib import sha1
from typing import Any, NamedTuple

import msgspec
from redis.exceptions import NoScriptError, ResponseError

from riskgw.bus.connection import Client, Line
from riskgw.bus.lease import LEASE_MS, Lease
from riskgw.bus.live import CHANNEL_PREFIX, TOPICS

FIELD = b"b"
START = b"0-0"
READ_ENTRIES_MAX = 64
# How long a reader waits for the first of them.
BLOCK_MS = 150
_REPLAY_ENTRIES = 256
# Entries that wait in a stream before its writer has to wait too.
STREAM_ENTRIES_MAX = 20_000
_FULL_SECONDS = 0.05

Entry = tuple[bytes, bytes]  # position, blob

# Fenced: nothing is written by a holder that was replaced. Repeatable: a step whose answer was
# lost is sent again and not done again.
_COMMIT = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return -1 end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if redis.call('GET', KEYS[2]) == ARGV[3] then return 0 end
redis.call('SET', KEYS[2], ARGV[3])
local longest, at = 0, 6
for _ = 1, tonumber(ARGV[4]) do
  redis.call('XADD', ARGV[at], '*', 'b', ARGV[at + 1])
  longest = math.max(longest, redis.call('XLEN', ARGV[at]))
  at = at + 2
end
for _ = 1, tonumber(ARGV[5]) do
  local topic = ARGV[at]
  local text = redis.call('INCR', 'seq.' .. topic) .. ' ' .. ARGV[at + 2]
  if ARGV[at + 1] == 'state' then redis.call('SET', 'state.' .. topic, text) end
  redis.call('PUBLISH', ARGV[at + 3] .. topic, text)
  at = at + 4
end
return longest
"""
_COMMIT_SHA = sha1(_COMMIT.encode(), usedforsecurity=False).hexdigest()


class Step(NamedTuple):
    """What one entry leads to: blobs for streams, and messages for live topics."""

    blobs: Sequence[tuple[str, bytes]] = ()
    live: Sequence[tuple[str, Any]] = ()


class Fenced(Exception):
    """Somebody else holds the lease now."""


def checkpoint_key(name: str) -> str:
    return f"checkpoint.{name}"


def commit(line: Line, lease: Lease, name: str, position: bytes, steps: list[Step]) -> int:
    """Publish steps and move the checkpoint, in one; the length of the longest stream written."""
    arguments = _commitment(lease, name, position, steps)
    (answer,) = line.ask_all(("EVALSHA", _COMMIT_SHA, *arguments))
    return _committed(line, name, arguments, answer)


def commit_and_read(
    line: Line, lease: Lease, name: str, reached: tuple[str, bytes], steps: list[Step]
) -> tuple[int, list[Entry]]:
    """The same, and the stream's next entries: asked together, who asks is woken once less.

    `reached` is a stream, and the position in it that these steps lead to.
    """
    stream, position = reached
    arguments = _commitment(lease, name, position, steps)
    command = ("EVALSHA", _COMMIT_SHA, *arguments)
    answer, found = line.ask_all(command, _reading(stream, position, BLOCK_MS))
    longest = _committed(line, name, arguments, answer)
    if isinstance(found, ResponseError):
        raise found
    return longest, _entries(found)


def _commitment(lease: Lease, name: str, position: bytes, steps: list[Step]) -> tuple[Any, ...]:
    blobs = [part for step in steps for pair in step.blobs for part in pair]
    live: list[Any] = []
    for topic, data in (pair for step in steps for pair in step.live):
        live += [topic, TOPICS[topic].value, msgspec.json.encode(data), CHANNEL_PREFIX]
    counts = (len(blobs) // 2, len(live) // 4)
    keys = (lease.key, checkpoint_key(name))
    token = lease.token or b""
    return (2, *keys, token, LEASE_MS, position, *counts, *blobs, *live)


def _committed(line: Line, name: str, arguments: tuple[Any, ...], answer: Any) -> int:
    if isinstance(answer, NoScriptError):
        answer = line.ask("EVAL", _COMMIT, *arguments)
    if isinstance(answer, ResponseError):
        raise answer
    if answer < 0:
        raise Fenced(name)
    return int(answer)


def wait_for_room(client: Client, lease: Lease, streams: Collection[str]) -> None:
    """Whoever reads what we write is behind: hold the lease and wait."""
    token = lease.token
    while any(client.xlen(stream) > STREAM_ENTRIES_MAX for stream in streams):
        time.sleep(_FULL_SECONDS)
        if not lease.acquire() or lease.token != token:
            raise Fenced(lease.key)


def read(line: Line, stream: str, after: bytes, block_ms: int) -> list[Entry]:
    """The next entries, waiting a little for the first."""
    return _entries(line.ask(*_reading(stream, after, block_ms)))


def _reading(stream: str, after: bytes, block_ms: int) -> tuple[Any, ...]:
    return "XREAD", "COUNT", READ_ENTRIES_MAX, "BLOCK", block_ms, "STREAMS", stream, after


def _entries(found: Any) -> list[Entry]:
    if not found:
        return []
    (entries,) = dict(found).values()
    return [(position, blob) for position, (_, blob) in entries]


def replayed(client: Client, stream: str, after: bytes, until: bytes) -> Iterator[Entry]:
    """All entries behind one position up to another."""
    while True:
        found = client.xrange(stream, b"(" + after, until, _REPLAY_ENTRIES)
        if not found:
            return
        for position, fields in found:
            yield position, fields[FIELD]
            after = position


def is_behind(position: bytes, other: bytes) -> bool:
    """Whether a position comes before another."""
    return _parts(position) < _parts(other)


def _parts(position: bytes) -> tuple[int, int]:
    milliseconds, _, number = position.partition(b"-")
    return int(milliseconds), int(number or 0)
