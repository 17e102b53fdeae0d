"""Our acceptor and initiator as tests use them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from quoting.io.fix_acceptor import Acceptor, Counterparty, Listening
from quoting.io.fix_connection import FixConnection
from quoting.io.fix_initiator import Initiator, Target
from quoting.wire.fix.codec import Codec, Profile
from quoting.wire.fix.messages import BusinessMessage
from quoting.wire.fix.session import Settings
from quoting.wire.fix.steps import LoggedOn, Received, Step
from quoting.wire.fix.store import MemoryStore, Store

HANG_SECONDS = 60.0
US, THEM = "RISKGW", "CHANNEL1"
STRICT = Codec(Profile(refuses_unknown_tags=True))


async def until(holds: Callable[[], object]) -> None:
    """Wait for it; a minute is a hang."""
    async with asyncio.timeout(HANG_SECONDS):
        while not holds():  # noqa: ASYNC110  # what is waited for is no event of ours
            await asyncio.sleep(0.005)


class Noted:
    """A listener that notes what it hears."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.closed: list[str] = []
        self.connection: FixConnection | None = None

    def on_step(self, connection: FixConnection, step: Step) -> None:
        self.steps.append(step)
        if isinstance(step, LoggedOn):
            self.connection = connection

    def on_closed(self, connection: FixConnection, reason: str) -> None:
        self.closed.append(reason)

    def of(self, kind: type[Any]) -> list[Any]:
        return [step for step in self.steps if isinstance(step, kind)]

    @property
    def received(self) -> list[BusinessMessage]:
        return [step.message for step in self.of(Received)]

    @property
    def logons(self) -> int:
        return len(self.of(LoggedOn))

    def send(self, *messages: BusinessMessage, urgent: bool = False) -> None:
        assert self.connection
        for message in messages:
            self.connection.send(message, urgent=urgent)


@asynccontextmanager
async def accepting(
    noted: Noted,
    listening: Listening | None = None,
    *,
    store: Store | None = None,
    never_resent: frozenset[str] = frozenset(),
) -> AsyncIterator[tuple[Acceptor, int]]:
    """Our acceptor, with the counterparty CHANNEL1, and its port."""
    listening = replace(listening or Listening(), port=0)
    ours = Settings(US, THEM, is_initiator=False, never_resent=never_resent, logout_seconds_max=1)
    parties = {THEM: Counterparty(ours, store or MemoryStore())}
    acceptor = Acceptor(listening, parties, noted, STRICT)
    port = await acceptor.start()
    try:
        yield acceptor, port
    finally:
        await acceptor.stop()


@asynccontextmanager
async def initiating(
    noted: Noted, target: Target, settings: Settings, store: Store | None = None
) -> AsyncIterator[Initiator]:
    """Our initiator, running."""
    initiator = Initiator(target, settings, store or MemoryStore(), noted, STRICT)
    running = asyncio.create_task(initiator.run())
    try:
        yield initiator
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
