"""Tell what has been stored, once it is: a live message after the database's commit."""

import logging
from collections.abc import Sequence
from functools import lru_cache, partial
from typing import Any

import redis
from django.conf import settings
from django.db import transaction
from redis.backoff import NoBackoff
from redis.retry import Retry

from riskgw.bus.connection import Unreachable
from riskgw.bus.live import publish

_log = logging.getLogger(__name__)
# A user waits for the answer: the change holds anyway, so the queue server gets little time.
_SECONDS_MAX = 1


def announce_on_commit(topic: str, data: Any) -> None:
    """Publish after the commit; a queue server that is away costs the message, not the change."""
    announce_all_on_commit(topic, [data])


def announce_all_on_commit(topic: str, messages: Sequence[Any]) -> None:
    """Several in their order, over one connection."""
    if messages:
        transaction.on_commit(partial(_announce, topic, messages))


def nudge_on_commit(channel: str, at: str = "") -> None:
    """Have those look who listen to a channel; they look by themselves, too, only later."""
    transaction.on_commit(partial(_nudge, channel, at))


def _nudge(channel: str, at: str) -> None:
    try:
        _client(settings.REDIS_URL).publish(channel, at)
    except Unreachable as error:
        _log.warning("nobody is nudged on %s: %s", channel, error)


@lru_cache(maxsize=1)
def _client(url: str) -> redis.Redis:
    """Its connections are kept; one that has ended is found out before it is used."""
    return redis.Redis.from_url(
        url,
        socket_timeout=_SECONDS_MAX,
        socket_connect_timeout=_SECONDS_MAX,
        retry=Retry(NoBackoff(), 0),
    )


def _announce(topic: str, messages: Sequence[Any]) -> None:
    try:
        for data in messages:
            publish(_client(settings.REDIS_URL), topic, data)
    except Unreachable as error:
        _log.warning("not announced on %s: %s", topic, error)
