"""A session's numbers and messages on disk: appended before they count, shortened now and then.

A process that is killed loses nothing; a machine that loses power may lose the last moments, and
the peer then refuses our number until both begin with 1 again. So may one that is killed while the
disk takes nothing: what cannot be written waits in memory, for a withdrawal must go out.
"""

import logging
import os
import struct
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self
from zlib import crc32

from quoting.wire.fix.store import KEPT_BYTES_MAX, MESSAGES_KEPT_MAX, MemoryStore

logger = logging.getLogger(__name__)

FILE_BYTES_MAX = 8 * KEPT_BYTES_MAX
# Of records that wait for room; beyond, what they come to takes their place.
UNWRITTEN_BYTES_MAX = 4 * KEPT_BYTES_MAX
# Checksum of what follows; kind, number, size of the message.
_HEAD = struct.Struct("<IcQI")
_CHECKSUM_BYTES = 4
_SENT, _SENT_AND_KEPT, _RECEIVED, _RESET = b"s", b"k", b"r", b"0"


class FileStore:
    """A `Store` as a log; what is torn at its end is cut off when it is opened."""

    def __init__(
        self, path: Path, *, messages_max: int = MESSAGES_KEPT_MAX, bytes_max: int = FILE_BYTES_MAX
    ) -> None:
        self._path = path
        self._bytes_max = bytes_max
        self._memory = MemoryStore(messages_max)
        self._unwritten = bytearray()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = self._replay()
        os.ftruncate(self._file, self._size)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def next_sent(self) -> int:
        return self._memory.next_sent

    @property
    def next_received(self) -> int:
        return self._memory.next_received

    def sent(self, number: int, message: bytes | None) -> None:
        self._append(_SENT_AND_KEPT if message else _SENT, number, message or b"")
        self._memory.sent(number, message)
        self._shorten()

    def received(self, next_number: int) -> None:
        self._append(_RECEIVED, next_number, b"")
        self._memory.received(next_number)
        self._shorten()

    def kept(self, first: int, last: int) -> Iterator[tuple[int, bytes]]:
        return self._memory.kept(first, last)

    def reset(self) -> None:
        self._append(_RESET, 0, b"")
        self._memory.reset()
        self._shorten()

    def close(self) -> None:
        try:
            self._write(b"")
            os.fsync(self._file)
        except OSError as error:
            logger.warning("%s: %d bytes were never written: %s", self._path, self.unwritten, error)
        finally:
            os.close(self._file)

    @property
    def unwritten(self) -> int:
        """Bytes that wait for room on the disk."""
        return len(self._unwritten)

    def _append(self, kind: bytes, number: int, message: bytes) -> None:
        record = _record(kind, number, message)
        try:
            self._write(record)
        except OSError as error:
            if not self._unwritten:
                logger.warning("%s: kept in memory: %s", self._path, error)
            self._unwritten += record

    def _write(self, record: bytes) -> None:
        """Behind what waits, if anything does."""
        data = bytes(self._unwritten) + record if self._unwritten else record
        written = os.write(self._file, data)
        if written != len(data):  # a full disk: what is torn must not stand before the next one
            os.ftruncate(self._file, self._size)
            raise OSError(f"{self._path}: {written} of {len(data)} bytes written")
        self._size += written
        if self._unwritten:
            self._unwritten.clear()
            logger.warning("%s: written again", self._path)

    def _replay(self) -> int:
        """Take in what is whole; where that ends."""
        data = self._path.read_bytes()
        at = 0
        while at + _HEAD.size <= len(data):
            checksum, kind, number, size = _HEAD.unpack_from(data, at)
            end = at + _HEAD.size + size
            if end > len(data) or crc32(data[at + _CHECKSUM_BYTES : end]) != checksum:
                break
            self._take(kind, number, data[end - size : end])
            at = end
        return at

    def _take(self, kind: bytes, number: int, message: bytes) -> None:
        if kind == _RESET:
            self._memory.reset()
        elif kind == _RECEIVED:
            self._memory.received(number)
        else:
            self._memory.sent(number, message if kind == _SENT_AND_KEPT else None)

    def _shorten(self) -> None:
        """Put in the log's place a new one of what still counts."""
        if len(self._unwritten) > UNWRITTEN_BYTES_MAX:
            self._unwritten = bytearray(_record(_RESET, 0, b"") + self._what_counts())
        if self._size <= self._bytes_max or self._unwritten:
            return
        data = self._what_counts()
        # Not before it has doubled again, however much there is to keep.
        self._bytes_max = max(self._bytes_max, 2 * len(data))
        try:
            self._begin_anew(data)
        except OSError as error:
            self._bytes_max = 2 * self._size
            logger.warning("%s: not shortened: %s", self._path, error)

    def _what_counts(self) -> bytes:
        memory = self._memory
        kept = memory.kept(1, memory.next_sent)
        records = [_record(_SENT_AND_KEPT, number, message) for number, message in kept]
        records.append(_record(_SENT, memory.next_sent - 1, b""))
        records.append(_record(_RECEIVED, memory.next_received, b""))
        return b"".join(records)

    def _begin_anew(self, data: bytes) -> None:
        beside = self._path.with_suffix(".new")
        file = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        try:
            _write_all(file, data)
            # Not forced to the disk: a withdrawal may be waiting.
            beside.replace(self._path)
        except OSError:
            os.close(file)
            beside.unlink(missing_ok=True)
            raise
        os.close(self._file)
        self._file, self._size = file, len(data)


def _write_all(file: int, data: bytes) -> None:
    written = os.write(file, data)
    if written != len(data):
        raise OSError(f"{written} of {len(data)} bytes written")


def _record(kind: bytes, number: int, message: bytes) -> bytes:
    head = _HEAD.pack(0, kind, number, len(message))[_CHECKSUM_BYTES:]
    return struct.pack("<I", crc32(head + message)) + head + message
