"""The quote engine's socket as the web process uses it: gestures, questions, and what is watched.

A gesture takes a connection of its own, so that STOP waits behind nothing.
"""

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from quoting.domain.panel_frame import Frame, merged
from quoting.wire.desk import (
    LINE_BYTES_MAX,
    TILES,
    Answers,
    Ask,
    Do,
    Done,
    Failed,
    Gestures,
    Line,
    Questions,
    Shown,
    Told,
    Watch,
)
from riskgw.web.origins import Shown as Showable

Data = TypeVar("Data")

FAMILY = "quotes"
ANSWER_SECONDS_MAX = 5.0
_RETRY_SECONDS, _RETRY_SECONDS_MAX = 0.1, 2.0
_CHUNK = 65536
# What is told in place of prices while there is no engine to tell any.
AWAY = {"engine": "away"}
_encode = msgspec.json.Encoder().encode
_answers: msgspec.json.Decoder[Answers] = msgspec.json.Decoder(Answers)
_frames = msgspec.json.Decoder(Frame)


class EngineAway(Exception):
    """No engine listens, or it does not answer."""


class NotUnderstood(Exception):
    """The engine has no answer to this line: `args` are its code and detail."""


class EngineLink:
    """For threads: one line, one answer."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def do(self, gesture: Gestures) -> Done:
        """What became of a gesture; what it withdraws is written by then."""
        answer = self._answer(Do(1, gesture))
        if isinstance(answer, Done):
            return answer
        raise _trouble(answer)

    def ask(self, question: Questions, kind: type[Data]) -> Data:
        """The answer, as the type that the question says."""
        answer = self._answer(Ask(1, question))
        if isinstance(answer, Told):
            return msgspec.json.decode(answer.data, type=kind)
        raise _trouble(answer)

    def _answer(self, line: Line) -> Answers:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(ANSWER_SECONDS_MAX)
            try:
                connection.connect(str(self._path))
                connection.sendall(_encode(line) + b"\n")
                return _answers.decode(_line(connection))
            except (OSError, msgspec.ValidationError) as error:
                raise EngineAway(str(error) or type(error).__name__) from error


def _line(connection: socket.socket) -> bytes:
    received = bytearray()
    while not received.endswith(b"\n"):
        chunk = connection.recv(_CHUNK)
        if not chunk or len(received) > LINE_BYTES_MAX:
            raise EngineAway(f"the engine closed after {len(received)} bytes")
        received += chunk
    return bytes(received)


def _trouble(answer: Answers) -> Exception:
    if isinstance(answer, Failed):
        return NotUnderstood(answer.code, answer.detail)
    return EngineAway(f"answered by a {type(answer).__name__}")


@dataclass(frozen=True)
class PanelShown:
    """A panel, or what has changed of it."""

    frame: Frame

    def after(self, earlier: "PanelShown") -> "PanelShown":
        return PanelShown(merged(earlier.frame, self.frame))

    def json(self) -> str:
        return _encode(self.frame).decode()


@dataclass(frozen=True)
class TilesShown:
    """The states of all pairs: always whole."""

    data: bytes

    def after(self, earlier: "TilesShown") -> "TilesShown":
        return self

    def json(self) -> str:
        return self.data.decode()


class DeskWatch:
    """Where the topics `quotes` and `quotes.<pair>` come from: one connection for a process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shows: dict[str, Callable[[Any], None]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._task: asyncio.Task[None] | None = None

    def begin(self, name: str, show: Callable[[Showable], None]) -> None:
        self._shows[name] = show
        if self._task is None:
            self._task = asyncio.create_task(self._follow(), name="quote engine")
        self._say()

    def end(self, name: str) -> None:
        self._shows.pop(name, None)
        self._say()

    async def close(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    def _say(self) -> None:
        if self._writer is not None:
            topics = tuple(name.removeprefix(FAMILY).removeprefix(".") for name in self._shows)
            self._writer.write(_encode(Watch(topics)) + b"\n")

    async def _follow(self) -> None:
        pause = _RETRY_SECONDS
        while True:
            with suppress(OSError, ValueError, msgspec.ValidationError):
                pause = await self._listen() or pause
            self._writer = None
            for name, show in list(self._shows.items()):
                show(_away(name))
            await asyncio.sleep(pause)
            pause = min(2 * pause, _RETRY_SECONDS_MAX)

    async def _listen(self) -> float:
        """Until the engine closes; the pause after a connection that stood is a short one."""
        reader, writer = await asyncio.open_unix_connection(self._path, limit=LINE_BYTES_MAX)
        self._writer = writer
        try:
            self._say()
            while line := await reader.readline():
                answer = _answers.decode(line)
                if isinstance(answer, Shown):
                    self._hear(answer)
        finally:
            writer.close()
        return _RETRY_SECONDS

    def _hear(self, shown: Shown) -> None:
        name = f"{FAMILY}.{shown.topic}" if shown.topic != TILES else FAMILY
        show = self._shows.get(name)
        if show is None:
            return
        is_tiles = shown.topic == TILES
        show(TilesShown(bytes(shown.data)) if is_tiles else PanelShown(_frames.decode(shown.data)))


def _away(name: str) -> TilesShown | PanelShown:
    if name == FAMILY:
        return TilesShown(_encode(AWAY))
    return PanelShown(Frame(dict(AWAY)))
