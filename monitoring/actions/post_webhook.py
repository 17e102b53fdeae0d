"""Post one webhook: signed, within a time, and what came of it in a few words."""

import http.client
import socket
import threading
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit

# From looking up the name to the last byte of the answer, however slowly those drip.
SECONDS_MAX = 5
_ANSWER_SIZE_MAX = 4096
# What will be refused again, however often it is said.
_FOR_GOOD = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})


class Posted(NamedTuple):
    """Whether it was taken, and if not, whether trying again makes sense."""

    is_taken: bool
    is_hopeless: bool
    result: str


def post_webhook(
    url: str, body: bytes, headers: dict[str, str], seconds_max: float = SECONDS_MAX
) -> Posted:
    """Redirects are not followed: the address that was approved is the one that is called."""
    connection = _connection(url, seconds_max)
    # The socket's own time-out begins anew with every byte.
    is_over = threading.Event()
    cutter = threading.Timer(seconds_max, _cut, [connection, is_over])
    cutter.start()
    try:
        return _posted(connection, url, body, headers)
    except TimeoutError:
        return Posted(is_taken=False, is_hopeless=False, result="timed out")
    except (OSError, http.client.HTTPException) as error:
        result = "timed out" if is_over.is_set() else f"no answer: {type(error).__name__}"
        return Posted(is_taken=False, is_hopeless=False, result=result)
    finally:
        cutter.cancel()
        connection.close()


def _posted(
    connection: http.client.HTTPConnection, url: str, body: bytes, headers: dict[str, str]
) -> Posted:
    parts = urlsplit(url)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request("POST", path, body, {"Content-Type": "application/json", **headers})
    answer = connection.getresponse()
    answer.read(_ANSWER_SIZE_MAX)
    is_taken = 200 <= answer.status < 300
    return Posted(is_taken, answer.status in _FOR_GOOD, f"HTTP {answer.status}")


def _connection(url: str, seconds_max: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    assert parts.hostname is not None
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    return kind(parts.hostname, parts.port, timeout=seconds_max)


def _cut(connection: http.client.HTTPConnection, is_over: threading.Event) -> None:
    is_over.set()
    if connection.sock is not None:
        with suppress(OSError):  # it has just ended by itself
            connection.sock.shutdown(socket.SHUT_RDWR)
