"""Fan-out as Channels does it: a consumer in a group of a channels_redis layer.

As it comes, and without the turn in the database thread that Channels takes for each message.
"""

import os
from collections.abc import Callable
from typing import Any

from channels.consumer import get_handler_name
from channels.generic.websocket import AsyncWebsocketConsumer
from channels.layers import channel_layers
from channels_redis.core import RedisChannelLayer
from channels_redis.pubsub import RedisPubSubChannelLayer

GROUP = "alerts"
# Enough that the layer drops nothing of what is measured.
CAPACITY = 10_000
LAYERS: dict[str, Callable[[str], Any]] = {
    "core": lambda url: RedisChannelLayer(hosts=[url], capacity=CAPACITY),
    "pubsub": lambda url: RedisPubSubChannelLayer(hosts=[url]),
}


class _Member(AsyncWebsocketConsumer):
    """Writes what is sent to the group."""

    groups = [GROUP]

    async def live_message(self, event: dict[str, Any]) -> None:
        await self.send(text_data=event["text"])


class _CoreMember(_Member):
    channel_layer_alias = "core"


class _PubSubMember(_Member):
    channel_layer_alias = "pubsub"


class _Direct:
    """Our own shortcut past the database thread, given to them."""

    async def dispatch(self, message: dict[str, Any]) -> None:
        await getattr(self, get_handler_name(message))(message)


class _DirectCoreMember(_Direct, _CoreMember):
    pass


class _DirectPubSubMember(_Direct, _PubSubMember):
    pass


if url := os.environ.get("REDIS_URL"):
    for name, layer in LAYERS.items():
        channel_layers.set(name, layer(url))

core = _CoreMember.as_asgi()
pubsub = _PubSubMember.as_asgi()
core_direct = _DirectCoreMember.as_asgi()
pubsub_direct = _DirectPubSubMember.as_asgi()
