"""The engine's decisions on disk: a line of JSON each, in files that are rolled and bounded.

What was flushed outlives the process, not a loss of power. Every run of the engine begins a file,
whose first line, number 0, is a `Configure` with the settings that its book was made of; the same
settings do not stand again in the files that follow it.
"""

import logging
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec

from quoting.domain.effects import Decision
from quoting.domain.events import Configure
from quoting.domain.settings import BookSettings
from riskgw.kernel.times import local_date, local_datetime

logger = logging.getLogger(__name__)

BUFFER_BYTES_MAX = 64 * 1024
_READ_BYTES = 1 << 20
# The number orders them; the time makes a name that never comes again.
_NAME = re.compile(r"decisions-(\d{8})-\d{8}T\d{6}\.jsonl")


@dataclass(frozen=True)
class LogLimits:
    """When a file is rolled, beside every midnight, and what all files together may take."""

    file_bytes_max: int = 64 << 20
    bytes_max: int = 2 << 30


class Position(NamedTuple):
    """Behind a line: where to read on. An empty name is before the oldest line there is."""

    file: str = ""
    offset: int = 0


START = Position()


class PositionGone(LookupError):
    """What came next was removed to make room; `START` is the oldest there is."""


class DecisionLog:
    """Where the engine writes: buffered, until it says that what follows will be relied on."""

    def __init__(self, folder: Path, limits: LogLimits | None = None) -> None:
        self._folder = folder
        self._limits = limits or LogLimits()
        self._encoder = msgspec.json.Encoder()
        self._buffer = bytearray()
        self._file: int | None = None
        self._size = self._day = self._at_ns = 0
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, settings: BookSettings, at_ns: int) -> None:
        """A run of the engine, in a file of its own."""
        self._at_ns = at_ns
        self._roll()
        self.append(Decision(0, at_ns, Configure(settings), []))
        self.flush()

    def append(self, decision: Decision) -> None:
        # A line is encoded by itself: a half of it would never be cut off again.
        self._buffer += self._encoder.encode(decision)
        self._buffer += b"\n"
        self._at_ns = decision.at_ns
        if len(self._buffer) >= BUFFER_BYTES_MAX:
            self.flush()

    def flush(self) -> None:
        """Hand all lines to the kernel; a killed process loses none of them."""
        if not self._buffer:
            return
        assert self._file is not None
        written = os.write(self._file, self._buffer)
        self._size += written
        # A disk that is full takes a part. The rest goes behind it, once there is room.
        del self._buffer[:written]
        if self._buffer:
            raise OSError(f"{self._folder}: {written} bytes written, {len(self._buffer)} left")
        if self._size >= self._limits.file_bytes_max or local_date(self._at_ns) != self._day:
            self._roll()

    def close(self) -> None:
        self.flush()
        if self._file is not None:
            os.fsync(self._file)
            os.close(self._file)
            self._file = None

    def _roll(self) -> None:
        if self._file is not None:
            os.close(self._file)
        names = file_names(self._folder)
        number = _number(names[-1]) + 1 if names else 1
        stamp = local_datetime(self._at_ns).strftime("%Y%m%dT%H%M%S")
        path = self._folder / f"decisions-{number:08}-{stamp}.jsonl"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
        self._size, self._day = 0, local_date(self._at_ns)
        self._make_room(names)

    def _make_room(self, names: list[str]) -> None:
        sizes = {name: (self._folder / name).stat().st_size for name in names}
        left = sum(sizes.values()) + self._limits.file_bytes_max - self._limits.bytes_max
        for name in names:
            if left <= 0:
                return
            (self._folder / name).unlink()
            left -= sizes[name]
            logger.warning("removed %s: decisions take too much room", name)


def read_from(folder: Path, position: Position = START) -> Iterator[tuple[Position, Decision]]:
    """Every decision from there to what is the end now, each with the position behind it.

    To follow a log, ask again with the last position. A line that is torn, as the engine was
    killed while it wrote, is passed over once another file has begun.
    """
    decoder = msgspec.json.Decoder(Decision)
    for name, begin in _files_from(folder, position):
        offset = begin
        for line in _lines(folder / name, begin):
            offset += len(line)
            decision = _decoded(decoder, line, name, offset)
            if decision is not None:
                yield Position(name, offset), decision


def file_names(folder: Path) -> list[str]:
    """Of the log's files, the oldest first."""
    return sorted(entry.name for entry in folder.iterdir() if _NAME.fullmatch(entry.name))


def _files_from(folder: Path, position: Position) -> Iterator[tuple[str, int]]:
    # Listed before they are read: whatever file has another behind it is complete.
    names = file_names(folder) if folder.is_dir() else []
    if position.file and position.file not in names:
        raise PositionGone(position.file)
    for name in names:
        if name == position.file:
            yield name, position.offset
        elif name > position.file:
            yield name, 0


def _lines(path: Path, offset: int) -> Iterator[bytes]:
    """Whole lines alone."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        raise PositionGone(path.name) from None
    with file:
        file.seek(offset)
        rest = b""
        while chunk := file.read(_READ_BYTES):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line + b"\n"


def _decoded(
    decoder: "msgspec.json.Decoder[Decision]", line: bytes, name: str, offset: int
) -> Decision | None:
    try:
        return decoder.decode(line)
    except msgspec.DecodeError as error:
        # After a loss of power, or of a version that knew other words.
        logger.warning("%s: the line before byte %d cannot be read: %s", name, offset, error)
        return None


def _number(name: str) -> int:
    found = _NAME.fullmatch(name)
    assert found, name
    return int(found[1])
