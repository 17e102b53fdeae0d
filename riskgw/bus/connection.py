"""Connections to the queue server; each process opens its own, after any fork."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import redis
import redis.asyncio
from django.conf import settings
from redis.backoff import ExponentialBackoff, NoBackoff
from redis.exceptions import ConnectionError as QueueConnectionError
from redis.exceptions import ResponseError
from redis.exceptions import TimeoutError as QueueTimeoutError
from redis.retry import Retry

TIMEOUT_SECONDS = 5
BRIEF_SECONDS = 0.5
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


def kept_client() -> Client:
    """One a process, whose connections are kept: for what is urgent and comes now and then."""
    return _kept(settings.REDIS_URL)


@lru_cache(maxsize=1)
def _kept(_: str) -> Client:
    return connect()


def connect_briefly() -> Client:
    """For who has others to look after: what is not answered at once is not asked again."""
    return redis.Redis.from_url(
        settings.REDIS_URL, socket_timeout=BRIEF_SECONDS, retry=Retry(NoBackoff(), 0)
    )


def connect_once() -> Client:
    """For a command that a person waits for: says at once when nobody answers."""
    client = redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS)
    client.ping()
    return client


class Line:
    """A connection of one's own for a command hundreds of times a second, repeated as `connect`
    says: to lend one for each, and to write down how long it took, is half of what it costs.
    """

    def __init__(self, client: Client) -> None:
        self._connection = client.connection_pool.make_connection()

    def ask(self, *command: Any) -> Any:
        """The answer as the protocol has it, in version 3."""
        (answer,) = self.ask_all(command)
        if isinstance(answer, ResponseError):
            raise answer
        return answer

    def ask_all(self, *commands: Sequence[Any]) -> list[Any]:
        """Commands sent in one; of each its answer, or the error it was refused with."""
        retry = self._connection.retry
        answers: list[Any] = retry.call_with_retry(lambda: self._asked(commands), self._drop)
        return answers

    def _asked(self, commands: Sequence[Sequence[Any]]) -> list[Any]:
        self._connection.send_packed_command(self._connection.pack_commands(commands))
        return [self._answer() for _ in commands]

    def _answer(self) -> Any:
        try:
            return self._connection.read_response()
        except ResponseError as error:
            return error

    def _drop(self, _: Exception) -> None:
        """What is still to come on it would be taken for the answer to something else."""
        self._connection.disconnect()


def connect_async() -> redis.asyncio.Redis:
    """For event loops; no time-out on reads, a subscription waits for as long as it takes."""
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_connect_timeout=TIMEOUT_SECONDS)
