"""A single bank's tiered stream by TCP."""

from collections.abc import Iterator

from quoting.domain.source_settings import SourceSettings
from quoting.io.source_link import Hear, StreamSource
from quoting.wire.sources.bank import BankStream


class BankSource(StreamSource):
    """One connection to one bank."""

    def __init__(self, settings: SourceSettings, hear: Hear) -> None:
        super().__init__(settings, hear)
        self._stream = BankStream(settings)

    def _begin(self) -> Iterator[bytes]:
        self._stream = BankStream(self.settings, self._password())
        yield from self._replies()

    def _received(self, data: bytes) -> Iterator[bytes]:
        for said in self._stream.receive(data):
            self._take(said)
        yield from self._replies()

    def _replies(self) -> list[bytes]:
        replies, self._stream.replies = self._stream.replies, []
        return replies
