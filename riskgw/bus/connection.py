"""Connections to the queue server; each process opens its own, after any fork."""

from typing import Any

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError as QueueConnectionError
from redis.exceptions import TimeoutError as QueueTimeoutError
from redis.retry import Retry

TIMEOUT_SECONDS = 5
RETRIES_MAX = 10
_BACKOFF_SECONDS, _BACKOFF_SECONDS_MAX = 0.05, 2

# redis-py types every answer as a union over all its options; here keys and values are bytes.
Client = Any

# What a caller sees once the retries are used up.
Unreachable = (QueueConnectionError, QueueTimeoutError)


def connect() -> Client:
    """For threads and processes; keys and values are bytes."""
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_timeout=TIMEOUT_SECONDS,
        retry=Retry(ExponentialBackoff(_BACKOFF_SECONDS_MAX, _BACKOFF_SECONDS), RETRIES_MAX),
        retry_on_error=list(Unreachable),
    )


def connect_once() -> Client:
    """For a command that a person waits for: says at once when nobody answers."""
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS)
    client.ping()
    return client


def connect_async() -> redis.asyncio.Redis:
    """For event loops; no time-out on reads, a subscription waits for as long as it takes."""
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=TIMEOUT_SECONDS)
