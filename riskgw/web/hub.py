"""The hub of a server process: one subscription to the queue server, for all its sockets."""

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType

import redis.asyncio
from redis.exceptions import RedisError

from riskgw.bus.connection import connect_async
from riskgw.bus.live import CHANNEL_PREFIX, TOPICS, TopicKind
from riskgw.web.client import Client
from riskgw.web.frames import told
from riskgw.web.origins import Origin, Part, Shown, family_of

_log = logging.getLogger(__name__)

READY_SECONDS_MAX = 2
CHECK_SECONDS = 1
# Silence after which the connection is asked whether it lives.
SILENCE_SECONDS_MAX = 15
_RETRY_SECONDS, _RETRY_SECONDS_MAX = 0.05, 2
# In place of a message that is for others: the numbers have no gap, and nothing is told.
OTHERS = '{"change":"others"}'
# Says that messages up to this number were missed: fetch, then go on from here.
MISSED = '{"change":"missed"}'
# Why a topic is not heard whose function module does not run.
STOPPED = "disabled"
# Topics that came with a function module after the start: heard all the time, kept by demand.
LATER_PREFIX = "modules."
LATER_MAX = 200


class ConnectionSilent(Exception):
    """The queue server answers nothing, though the connection stands."""


@dataclass
class _Topic:
    name: str
    kind: TopicKind
    seq: int = 0
    newest: str | Part | None = None
    # What was published before the subscription took effect has been caught up with.
    caught_up_to: int = 0
    clients: set[Client] = field(default_factory=set)
    # Those who may hear only messages for some; all others hear all.
    limited: dict[Client, frozenset[str]] = field(default_factory=dict)
    # Whoever in this process has to know before any client does.
    ahead: Callable[[str], None] | None = None

    def frame(self, data: str) -> str:
        return f'{{"topic":"{self.name}","seq":{self.seq},"data":{data}}}'


class Hub:
    """Each message is encoded once; clients of its topic get the same text.

    It starts with its first client and lasts as long as the process.
    """

    def __init__(
        self,
        kinds: Mapping[str, TopicKind] = TOPICS,
        stopped: Mapping[str, str] = MappingProxyType({}),
        ahead: Mapping[str, Callable[[str], None]] = MappingProxyType({}),
        origins: Mapping[str, Origin] = MappingProxyType({}),
    ) -> None:
        self._kinds = kinds
        self._origins = origins
        self._stopped = stopped
        self._topics = {
            name: _Topic(name, kind, ahead=ahead.get(name)) for name, kind in kinds.items()
        }
        self._first_topics = list(self._topics)
        self._clients: set[Client] = set()
        self._ready = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def join(self, client: Client) -> None:
        """Begin with a client; waits a moment for the first connection to the queue server."""
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._follow(), name="hub"),
                asyncio.create_task(self._check(), name="hub check"),
            ]
        self._clients.add(client)
        try:
            await asyncio.wait_for(self._ready.wait(), READY_SECONDS_MAX)
        except TimeoutError:
            _log.warning("a socket begins without the queue server")

    def leave(self, client: Client) -> None:
        self._clients.discard(client)
        for topic in list(self._topics.values()):
            self._remove(client, topic)

    async def open(self, name: str) -> None:
        """Before anything else of a topic that may have come later: from now on it is kept."""
        if self._origin_of(name) is not None:
            self._topics.setdefault(name, _Topic(name, TopicKind.STATE))
            return
        kind = self._kinds[name]
        topic = self._topics.get(name)
        if topic is not None and topic.kind is kind:
            return
        if len(self._topics) >= len(self._first_topics) + LATER_MAX:
            self._forget_unheard()
        self._topics[name] = opened = _Topic(name, kind)
        if topic is not None:
            opened.clients, opened.limited = topic.clients, topic.limited
        try:
            async with connect_async() as client:
                await self._catch_up(client, opened)
        except RedisError as error:
            _log.warning("the queue server is away: %s", error)

    def _forget_unheard(self) -> None:
        later = [name for name in self._topics if name not in self._first_topics]
        for name in later:
            if not self._topics[name].clients:
                del self._topics[name]

    def position(self, name: str) -> tuple[TopicKind, int]:
        """Kind of a topic and the number of its last message."""
        topic = self._topics[name]
        return topic.kind, topic.seq

    def subscribe(self, client: Client, name: str, audience: frozenset[str] | None = None) -> None:
        """From now on; of a state topic the newest value at once.

        Messages of a log that say whom they are for come to that audience only; None hears all.
        """
        topic = self._topics[name]
        origin = self._origin_of(name)
        if origin is not None and not topic.clients:
            origin.begin(name, partial(_show, topic))
        topic.clients.add(client)
        if audience is not None:
            topic.limited[client] = audience
        if topic.newest is not None:
            client.state(name, topic.newest)

    def unsubscribe(self, client: Client, name: str) -> None:
        if name in self._topics:
            self._remove(client, self._topics[name])
        client.forget(name)

    def _remove(self, client: Client, topic: _Topic) -> None:
        """What comes straight from its origin is asked for only while somebody listens."""
        is_last = topic.clients == {client}
        topic.clients.discard(client)
        topic.limited.pop(client, None)
        origin = self._origin_of(topic.name)
        if is_last and origin is not None:
            origin.end(topic.name)
            del self._topics[topic.name]

    def _origin_of(self, name: str) -> Origin | None:
        return self._origins.get(family_of(name))

    async def close(self) -> None:
        for origin in self._origins.values():
            await origin.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []

    async def _check(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            for client in list(self._clients):
                client.check(clock())
            for name in self._stopped:
                self._end(name)

    def _end(self, name: str) -> None:
        """Its function module has stopped: whoever listens is told, and hears no more."""
        topic = self._topics.get(name)
        for client in list(topic.clients) if topic is not None else ():
            self.unsubscribe(client, name)
            client.reply(told("subscribe", topics={}, refused={name: STOPPED}))

    async def _follow(self) -> None:
        pause = _RETRY_SECONDS
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._listen()
            except (RedisError, ConnectionSilent) as error:
                _log.warning("the queue server is away: %s", error)
            if asyncio.get_running_loop().time() - began > _RETRY_SECONDS_MAX:
                pause = _RETRY_SECONDS
            await asyncio.sleep(pause)
            pause = min(2 * pause, _RETRY_SECONDS_MAX)

    async def _listen(self) -> None:
        """Every confirmed subscription, also one that the library renewed, is caught up with."""
        async with connect_async() as client, client.pubsub() as channels:
            await channels.psubscribe(f"{CHANNEL_PREFIX}{LATER_PREFIX}*")
            await channels.subscribe(*(CHANNEL_PREFIX + name for name in self._first_topics))
            is_asked = False
            while True:
                message = await channels.get_message(timeout=SILENCE_SECONDS_MAX)
                if message is None:
                    if is_asked:
                        raise ConnectionSilent(f"no word for {2 * SILENCE_SECONDS_MAX} s")
                    await channels.ping()
                is_asked = message is None
                if message is not None:
                    await self._hear(client, message)

    async def _hear(self, client: redis.asyncio.Redis, message: dict[str, object]) -> None:
        channel = message["channel"]
        if not isinstance(channel, bytes):
            return
        topic = self._topics.get(channel.decode().removeprefix(CHANNEL_PREFIX))
        if topic is None:
            return
        if message["type"] == "subscribe":
            await self._catch_up(client, topic)
            if topic.name == self._first_topics[-1]:
                await self._catch_up_later(client)
                self._ready.set()
        elif message["type"] in ("message", "pmessage"):
            assert isinstance(message["data"], bytes)
            try:
                seq, data = _parts(message["data"].decode())
            except ValueError:
                _log.warning("not a live message: %.80r", message["data"])
                return
            _deliver(topic, seq, data)

    async def _catch_up(self, client: redis.asyncio.Redis, topic: _Topic) -> None:
        """A state is as it stands now; of a log, what was missed is said to those who listen."""
        if topic.kind is TopicKind.STATE:
            stored = await client.get(f"state.{topic.name}")
            if isinstance(stored, bytes):
                _send(topic, *_parts(stored.decode()))
        else:
            seq = int(await client.get(f"seq.{topic.name}") or 0)
            if seq != topic.seq:
                _send(topic, seq, MISSED)
        topic.caught_up_to = topic.seq

    async def _catch_up_later(self, client: redis.asyncio.Redis) -> None:
        for topic in list(self._topics.values()):
            if topic.name not in self._first_topics:
                await self._catch_up(client, topic)


def _deliver(topic: _Topic, seq: int, data: str) -> None:
    # The number 1 is the first of a queue server that has begun anew.
    if seq > topic.caught_up_to or seq == 1:
        topic.caught_up_to = 0
        _send(topic, seq, data)


def _send(topic: _Topic, seq: int, data: str) -> None:
    topic.seq = seq
    if topic.ahead is not None:
        topic.ahead(data)
    frame = topic.frame(data)
    if topic.kind is TopicKind.STATE:
        topic.newest = frame
        for client in topic.clients:
            client.state(topic.name, frame)
        return
    told_to = _told_to(data) if topic.limited else None
    for client in topic.clients:
        audience = topic.limited.get(client) if told_to is not None else None
        if audience is None or told_to is None or not told_to.isdisjoint(audience):
            client.log(topic.name, frame)
        else:
            client.log(topic.name, topic.frame(OTHERS))


def _show(topic: _Topic, shown: Shown) -> None:
    """What has changed goes to those who listen; who comes later gets all of it."""
    topic.seq += 1
    part = Part(topic.name, topic.seq, shown)
    topic.newest = part.after(topic.newest) if isinstance(topic.newest, Part) else part
    for client in topic.clients:
        client.state(topic.name, part)


def _told_to(data: str) -> frozenset[str] | None:
    """Whom a message is for: what it lists under `counters`; None for all."""
    counters = json.loads(data).get("counters")
    return None if counters is None else frozenset(counters)


def _parts(text: str) -> tuple[int, str]:
    seq, _, data = text.partition(" ")
    return int(seq), data
