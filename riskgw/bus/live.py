"""What is live: numbered messages of a topic, to every server process. docs/protocols/live.md.

A message is `<seq> <JSON>`: numbered and sent in one step, so every subscriber sees one order.
"""

from enum import Enum
from typing import Any

import msgspec

from riskgw.bus.connection import Client

CHANNEL_PREFIX = "live."
_PUBLISH = """
local text = redis.call('INCR', KEYS[1]) .. ' ' .. ARGV[2]
if ARGV[3] == 'state' then redis.call('SET', KEYS[2], text) end
redis.call('PUBLISH', ARGV[1], text)
"""


class TopicKind(Enum):
    """A log is whole, a gap in its numbers means refetch; of a state only the newest counts."""

    LOG = "log"
    STATE = "state"


TOPICS = {
    "alerts": TopicKind.LOG,
    "restrictions": TopicKind.LOG,
    "backtests": TopicKind.LOG,
    "customer_warning": TopicKind.LOG,
    "orders": TopicKind.STATE,
    "sessions": TopicKind.STATE,
    "problems": TopicKind.STATE,
    "health": TopicKind.STATE,
    "statistics": TopicKind.STATE,
    "ledger": TopicKind.STATE,
    "modules": TopicKind.STATE,
}


def publish(client: Client, topic: str, data: Any, kind: TopicKind | None = None) -> None:
    """Number a message and send it to all; in a pipeline, together with the rest of it.

    The kind is said of topics that a function module brings along.
    """
    sort = (kind or TOPICS[topic]).value
    keys = [f"seq.{topic}", f"state.{topic}"]
    text = msgspec.json.encode(data)
    client.eval(_PUBLISH, len(keys), *keys, CHANNEL_PREFIX + topic, text, sort)


def newest(client: Client, topic: str) -> Any:
    """The newest data of a state topic, None before the first."""
    stored = client.get(f"state.{topic}")
    return msgspec.json.decode(stored.partition(b" ")[2]) if stored else None
