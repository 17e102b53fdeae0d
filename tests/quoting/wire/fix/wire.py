"""Two sessions wired to each other through memory; messages can be lost on the way."""

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from quoting.wire.fix.codec import Codec
from quoting.wire.fix.framer import Garbled
from quoting.wire.fix.messages import BusinessMessage
from quoting.wire.fix.session import Session, Settings
from quoting.wire.fix.steps import Close, Received, Send, Step
from quoting.wire.fix.store import MemoryStore, Store
from riskgw.kernel.times import NS_PER_MS, NS_PER_SECOND
from tests.quoting.wire.fix.words import AT_NS, THEM, US, raw

CODEC = Codec()
INITIATING = Settings(THEM, US, is_initiator=True, heartbeat_seconds=10)
ACCEPTING = Settings(US, THEM, is_initiator=False)


class Side:
    """A session and what it said."""

    def __init__(self, settings: Settings, store: Store | None = None) -> None:
        self.store = store or MemoryStore()
        self.session = Session(settings, CODEC, self.store)
        self.steps: list[Step] = []
        self.out: deque[bytes] = deque()

    def take(self, steps: Iterable[Step]) -> None:
        for step in steps:
            if isinstance(step, Send):
                self.out.append(step.data)
            else:
                self.steps.append(step)

    def of(self, kind: type[Any]) -> list[Any]:
        return [step for step in self.steps if isinstance(step, kind)]

    @property
    def received(self) -> list[BusinessMessage]:
        return [step.message for step in self.of(Received)]

    @property
    def ending(self) -> str | None:
        closes = self.of(Close)
        return closes[-1].ending.value if closes else None


class Wire:
    """Delivers in order; `loses` says which messages never arrive. A Close takes both down."""

    def __init__(self, near: Side, far: Side) -> None:
        self.near, self.far = near, far
        self.at_ns = AT_NS
        self.loses: Callable[[bytes], bool] = lambda _: False
        self.log: list[tuple[str, str]] = []

    def connect(self) -> None:
        for side in (self.far, self.near):
            side.out.clear()
            side.take(side.session.connected(self.at_ns))
        self.flow()

    def flow(self) -> None:
        """Until nothing is under way."""
        while self.near.out or self.far.out:
            self._move(self.near, self.far)
            self._move(self.far, self.near)

    def _move(self, sender: Side, receiver: Side) -> None:
        while sender.out:
            data = sender.out.popleft()
            name = "near" if sender is self.near else "far"
            self.log.append((name, CODEC.open(data).type))
            if not self.loses(data):
                receiver.take(receiver.session.receive(data, self.at_ns))

    def say(self, side: Side, *messages: BusinessMessage) -> None:
        for message in messages:
            self.at_ns += NS_PER_MS
            side.take(side.session.send(message, self.at_ns))

    def wait(self, seconds: float) -> None:
        """Time passes in tenths of a second."""
        for _ in range(round(seconds * 10)):
            self.at_ns += NS_PER_SECOND // 10
            for side in (self.near, self.far):
                side.take(side.session.tick(self.at_ns))
            self.flow()

    def hang_up(self) -> None:
        for side in (self.near, self.far):
            side.out.clear()
            side.session.lost()

    def sent(self, name: str) -> str:
        """The types that this side put on the wire."""
        return " ".join(kind for who, kind in self.log if who == name)


def wired(**changes: Any) -> Wire:
    """An initiator, near, and an acceptor, far; logged on."""
    wire = Wire(Side(replace(INITIATING, **changes)), Side(replace(ACCEPTING, **changes)))
    wire.connect()
    return wire


class Lone:
    """An acceptor alone, and what it answers to raw messages."""

    def __init__(self, *, logged_on: bool = True, **changes: Any) -> None:
        self.side = Side(replace(ACCEPTING, **changes))
        self.side.take(self.side.session.connected(AT_NS))
        if logged_on:
            assert self.hears(raw("A", "98=0|108=30|")) == ["A"]

    def hears(self, *messages: bytes, at_ns: int = AT_NS) -> list[str]:
        """The types of its answers."""
        return [CODEC.open(data).type for data in self.answers(*messages, at_ns=at_ns)]

    def answers(self, *messages: bytes, at_ns: int = AT_NS) -> list[bytes]:
        for message in messages:
            self.side.take(self.side.session.receive(message, at_ns))
        answers = list(self.side.out)
        self.side.out.clear()
        return answers

    def answer(self, *messages: bytes, at_ns: int = AT_NS) -> Any:
        """Its only answer, read."""
        (data,) = self.answers(*messages, at_ns=at_ns)
        return CODEC.read(CODEC.open(data))

    @property
    def expects(self) -> int:
        return self.side.store.next_received

    @property
    def garbage(self) -> list[Garbled]:
        return self.side.of(Garbled)
