"""The engine's Unix socket: desks' lines in, answers and what is watched out.

docs/protocols/desk.md has the lines. Withdrawals are picked out of whatever came together and done
first, and once more in their turn, or what was said before them would stand. What is watched is
one slot a topic and connection: written while the connection takes it, put together with what
follows while it does not.
"""

import asyncio
import logging
import os
import socket
import stat
import time
from collections.abc import Iterable
from pathlib import Path

import msgspec

from quoting.domain.panel_frame import Frame, merged
from quoting.io.desk_shows import Shows, shown_line
from quoting.io.engine_desk import EngineDesk, LineRefused, withdraws
from quoting.wire.desk import (
    LINE_BYTES_MAX,
    TILES,
    Answers,
    Ask,
    Do,
    Done,
    Failed,
    Line,
    Reload,
    Tiles,
    Told,
    Watch,
    Withdrawn,
)

logger = logging.getLogger(__name__)

CONNECTIONS_MAX = 64
TOPICS_MAX = 500
STALL_SECONDS = 5.0
# Answers that a desk does not read.
ANSWER_BYTES_MAX = 4 << 20
_encode = msgspec.json.Encoder().encode
_lines: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


class Numbered(msgspec.Struct):
    """As much of a line as can be answered."""

    id: int


class SocketTaken(RuntimeError):
    """Something that is none of ours stands where the socket is to be."""


class DeskServer:
    """All desks; `path` belongs to the only engine there is, so that what is left there goes."""

    def __init__(self, desk: EngineDesk, path: Path) -> None:
        self.desk = desk
        self.path = path
        self.shows = Shows(desk)
        self.connections: set[DeskConnection] = set()
        self.stall_seconds = STALL_SECONDS
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[Done]] = set()

    async def start(self) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_unix_server(
            lambda: DeskConnection(self), sock=listening(self.path)
        )
        self.shows.start()

    async def stop(self) -> None:
        self.shows.stop()
        for task in self._tasks:
            task.cancel()
        if self._server is not None:
            self._server.close()
            for connection in list(self.connections):
                connection.end()
            await self._server.wait_closed()
            self.path.unlink(missing_ok=True)

    def in_background(self, connection: "DeskConnection", line: Do, at_ns: int) -> None:
        """Settings are read in a thread, while everything else goes on."""
        assert isinstance(line.gesture, Reload)
        task = asyncio.create_task(self.desk.reload(line.gesture))
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._reloaded(done, connection, line.id, at_ns))

    def _reloaded(
        self, task: "asyncio.Task[Done]", connection: "DeskConnection", reply: int, at_ns: int
    ) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            took_ns = time.perf_counter_ns() - at_ns
            connection.say(msgspec.structs.replace(task.result(), reply=reply, took_ns=took_ns))
        elif isinstance(error, LineRefused):
            connection.say(Failed(reply, error.code, str(error)))
        else:
            # What reads settings is at fault, not what quotes by those of before.
            logger.error("settings could not be read", exc_info=error)
            connection.say(Failed(reply, "settings", repr(error)))


class DeskConnection(asyncio.Protocol):
    """One desk, or the web process for many."""

    def __init__(self, server: DeskServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._rest = b""
        self._slots: dict[str, Frame | Tiles] = {}
        self._stall: asyncio.TimerHandle | None = None
        self._is_full = False
        self.topics: frozenset[str] = frozenset()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        # Full as soon as the kernel takes no more: what waits is to be the newest.
        transport.set_write_buffer_limits(high=0)
        self._server.connections.add(self)
        self._server.shows.screens.add(self)
        if len(self._server.connections) > CONNECTIONS_MAX:
            self.cut("too many connections")

    def connection_lost(self, exc: Exception | None) -> None:
        if self._stall:
            self._stall.cancel()
        self._slots.clear()
        self._transport = None
        self.topics = frozenset()
        self._server.connections.discard(self)
        self._server.shows.screens.discard(self)
        self._server.shows.look_again()

    @property
    def waits(self) -> int:
        """Topics whose news wait until the desk reads on."""
        return len(self._slots)

    # In

    def data_received(self, data: bytes) -> None:
        at_ns = time.perf_counter_ns()
        *lines, self._rest = (self._rest + data).split(b"\n")
        if len(self._rest) > LINE_BYTES_MAX:
            self.cut(f"a line of more than {LINE_BYTES_MAX} bytes")
            return
        read = [found for line in lines if line for found in self._read(line)]
        early = {
            at: self._server.desk.do(line.gesture)
            for at, line in enumerate(read)
            if at and isinstance(line, Do) and withdraws(line.gesture)
        }
        for at, line in enumerate(read):
            self._take(line, at_ns, early.get(at))

    def _read(self, data: bytes) -> Iterable[Line]:
        try:
            yield _lines.decode(data)
        except msgspec.DecodeError as error:
            self.say(Failed(reply_to(data), "not_understood", str(error)))

    def _take(self, line: Line, at_ns: int, early: Done | None) -> None:
        try:
            match line:
                case Do():
                    self._do(line, at_ns, early)
                case Ask():
                    self.say(Told(line.id, self._server.desk.answer(line.question)))
                case Watch():
                    self._watch(line)
        except LineRefused as refused:
            reply = 0 if isinstance(line, Watch) else line.id
            self.say(Failed(reply, refused.code, str(refused)))

    def _do(self, line: Do, at_ns: int, early: Done | None) -> None:
        if isinstance(line.gesture, Reload):
            self._server.in_background(self, line, at_ns)
            return
        done = self._server.desk.do(line.gesture)
        withdrawn = done.withdrawn if early is None else _both(early.withdrawn, done.withdrawn)
        took_ns = time.perf_counter_ns() - at_ns
        self.say(msgspec.structs.replace(done, reply=line.id, withdrawn=withdrawn, took_ns=took_ns))

    def _watch(self, line: Watch) -> None:
        if len(line.topics) > TOPICS_MAX:
            raise LineRefused("too_many_topics", str(len(line.topics)))
        known = self._server.desk.engine.book.panels
        unknown = [topic for topic in line.topics if topic != TILES and topic not in known]
        topics = frozenset(line.topics)
        new = topics - self.topics - frozenset(unknown)
        wholes = {topic: self._server.shows.whole(topic) for topic in line.topics if topic in new}
        for topic in self.topics - topics:
            self._slots.pop(topic, None)
        self.topics = topics
        self._server.shows.look_again()
        for topic, news in wholes.items():
            self._slots.pop(topic, None)
            if not self.keep(topic, news):
                self.write(shown_line(topic, news))
        if unknown:
            raise LineRefused("unknown_pair", ", ".join(unknown)[:200])

    # Out

    def say(self, answer: Answers) -> None:
        """An answer is never dropped; who does not read his answers is cut."""
        if self._transport is None:
            return
        if self._transport.get_write_buffer_size() > ANSWER_BYTES_MAX:
            self.cut(f"reads no answers: {ANSWER_BYTES_MAX} bytes wait")
            return
        self.write(_line(answer))

    def keep(self, topic: str, news: Frame | Tiles) -> bool:
        """Whether it has to wait, together with what waits already."""
        if not self._is_full:
            return False
        earlier = self._slots.get(topic)
        if isinstance(earlier, Frame) and isinstance(news, Frame):
            news = merged(earlier, news)
        self._slots[topic] = news
        return True

    def write(self, line: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(line)

    def pause_writing(self) -> None:
        self._is_full = True
        loop = asyncio.get_running_loop()
        if self._stall:
            self._stall.cancel()
        seconds = self._server.stall_seconds
        reason = f"stalled: reads nothing for {seconds} s"
        self._stall = loop.call_later(seconds, self.cut, reason)

    def resume_writing(self) -> None:
        self._is_full = False
        if self._stall:
            self._stall.cancel()
        while self._slots and not self._is_full:
            topic = next(iter(self._slots))
            news = self._slots.pop(topic)
            self.write(shown_line(topic, news))

    def end(self) -> None:
        """What was said is still written."""
        if self._transport:
            self._transport.close()

    def cut(self, reason: str) -> None:
        logger.warning("desk cut: %s", reason)
        if self._transport:
            self._transport.abort()


def _both(first: Iterable[Withdrawn], then: Iterable[Withdrawn]) -> tuple[Withdrawn, ...]:
    found = {each.channel: each for each in first}
    for each in then:
        messages = each.messages + (found[each.channel].messages if each.channel in found else 0)
        found[each.channel] = Withdrawn(each.channel, each.is_up, messages)
    return tuple(found.values())


def _line(answer: Answers) -> bytes:
    return _encode(answer) + b"\n"


def reply_to(data: bytes) -> int:
    try:
        return msgspec.json.decode(data, type=Numbered).id
    except msgspec.DecodeError:
        return 0


def listening(path: Path) -> socket.socket:
    """The engine's socket, in the place of what an engine that was killed left there."""
    _remove_socket(path)
    found = socket.socket(socket.AF_UNIX)
    # Nobody else may so much as connect, from the first moment on.
    mask = os.umask(0o177)
    try:
        found.bind(str(path))
    finally:
        os.umask(mask)
    return found


def _remove_socket(path: Path) -> None:
    """Left there by an engine that was killed."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise SocketTaken(f"{path} is there, and is no socket")
    path.unlink()
