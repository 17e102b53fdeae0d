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


class Lines(NamedTuple):
    """Of decisions, the last of them at `at_ns`."""

    data: bytes
    at_ns: int


class DecisionLog:
    """Lines are gathered by whoever decides, and written by one thread, his or another."""

    def __init__(self, folder: Path, limits: LogLimits | None = None) -> None:
        self._folder = folder
        self._limits = limits or LogLimits()
        self._encoder = msgspec.json.Encoder()
        # Of who decides.
        self._gathered = bytearray()
        self._at_ns = 0
        # Of who writes.
        self._left = bytearray()
        self._file: int | None = None
        self._size = self._day = 0
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, settings: BookSettings, at_ns: int) -> None:
        """A run of the engine, in a file of its own; where it cannot begin it leaves nothing."""
        path = self._roll(at_ns)
        self.append(Decision(0, at_ns, Configure(settings), []))
        try:
            self.flush()
        except OSError:
            assert self._file is not None
            os.close(self._file)
            path.unlink()
            raise

    def append(self, decision: Decision) -> None:
        # A line is encoded by itself: a half of it would never be cut off again.
        self._gathered += self._encoder.encode(decision)
        self._gathered += b"\n"
        self._at_ns = decision.at_ns

    @property
    def gathered(self) -> int:
        """Bytes that nobody has taken to write them."""
        return len(self._gathered)

    def take(self) -> Lines:
        """What was gathered, for `write`."""
        lines = Lines(bytes(self._gathered), self._at_ns)
        self._gathered.clear()
        return lines

    def write(self, lines: Lines) -> None:
        """Hand them to the kernel; a killed process loses none of them.

        A disk that is full takes a part. What is left goes behind it, when this is called again.
        """
        assert self._file is not None
        self._left += lines.data
        while self._left:
            written = os.write(self._file, self._left)
            self._size += written
            del self._left[:written]
        if self._size >= self._limits.file_bytes_max or local_date(lines.at_ns) != self._day:
            self._roll(lines.at_ns)

    def flush(self) -> None:
        """Write what was gathered, and what was left, in this thread."""
        if self._gathered or self._left:
            self.write(self.take())

    def close(self) -> None:
        if self._file is None:
            return
        try:
            self.flush()
            os.fsync(self._file)
        finally:
            os.close(self._file)
            self._file = None

    def _roll(self, at_ns: int) -> Path:
        names = file_names(self._folder)
        number = _number(names[-1]) + 1 if names else 1
        stamp = local_datetime(at_ns).strftime("%Y%m%dT%H%M%S")
        path = self._folder / f"decisions-{number:08}-{stamp}.jsonl"
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o640)
        if self._file is not None:
            os.close(self._file)
        self._file, self._size, self._day = file, 0, local_date(at_ns)
        self._make_room(names)
        return path

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
