"""Answers to a ResendRequest: what is kept goes out again, what is not is jumped over."""

from collections.abc import Iterator

from quoting.wire.fix.codec import Codec, Sending, again
from quoting.wire.fix.messages import ResendRequest, SequenceReset
from quoting.wire.fix.store import Store

SAME_REQUEST_MAX = 10


class AskedTooOften(Exception):
    """The peer asks for the same again and again."""


class Resending:
    """Counts how often the same was asked for, or an answer of megabytes would cost a request."""

    __slots__ = ("_first", "_times")

    def __init__(self) -> None:
        self._first = self._times = 0

    def counted(self, request: ResendRequest) -> None:
        self._times = self._times + 1 if request.first == self._first else 1
        self._first = request.first
        if self._times > SAME_REQUEST_MAX:
            raise AskedTooOften(str(request.first))


def answer(request: ResendRequest, store: Store, codec: Codec, sending: Sending) -> Iterator[bytes]:
    """The messages asked for, with PossDupFlag; `sending` is that of now."""
    newest = store.next_sent - 1
    last = min(request.last or newest, newest)
    number = max(request.first, 1)
    for kept, data in store.kept(number, last):
        yield from _jump(number, kept, codec, sending)
        yield again(data, sending.at_ns)
        number = kept + 1
    yield from _jump(number, last + 1, codec, sending)


def _jump(number: int, next_number: int, codec: Codec, sending: Sending) -> Iterator[bytes]:
    if number < next_number:
        filled = SequenceReset(next_number, is_gap_fill=True)
        yield again(codec.encode(filled, sending._replace(number=number)), sending.at_ns)
