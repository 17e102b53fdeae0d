"""CMDS-like market data by FIX 4.4: we log on, subscribe, and keep what we are told."""

import asyncio
from contextlib import suppress
from itertools import count
from pathlib import Path

from quoting.domain.events import SourceDown
from quoting.domain.source_settings import SourceSettings
from quoting.io.fix_connection import FixConnection
from quoting.io.fix_initiator import Initiator, Target
from quoting.io.fix_store import FileStore
from quoting.io.source_link import Hear, Source, tls_context
from quoting.wire.fix.framer import Garbled
from quoting.wire.fix.messages import MarketDataReject, Refresh, Snapshot
from quoting.wire.fix.session import Settings
from quoting.wire.fix.steps import Gap, LoggedOn, PeerRefused, Received, Refused, Step
from quoting.wire.fix.store import MemoryStore, Store
from quoting.wire.sources.cmds import UNSUBSCRIBE, CmdsBook
from quoting.wire.sources.problems import Said, Trouble, problem

# A connection on which so much is missed is begun anew.
SUBSCRIPTIONS_MAX = 20
_PRICES = frozenset("WX")


class CmdsSource(Source):
    """One FIX session; whatever may be missing of prices is made up for by a new subscription."""

    def __init__(self, settings: SourceSettings, hear: Hear) -> None:
        super().__init__(settings, hear)
        self._requests = count(1)
        self._subscriptions = 0
        self._book = self._new_book()
        self._connection: FixConnection | None = None
        self._heard_ns = 0

    async def run(self) -> None:
        store: Store = (
            FileStore(Path(self.settings.store)) if self.settings.store else MemoryStore()
        )
        try:
            await self._run(self._initiator(store))
        finally:
            self._lost(self.failure or "stopped")
            if isinstance(store, FileStore):
                store.close()

    def _initiator(self, store: Store) -> Initiator:
        ours = self.settings
        target = Target(
            ours.host,
            ours.port,
            tls_context(ours.tls),
            pause_seconds=ours.pause_seconds,
            pause_seconds_max=ours.pause_seconds_max,
        )
        session = Settings(
            ours.sender,
            ours.target,
            is_initiator=True,
            heartbeat_seconds=ours.heartbeat_seconds,
            resets_on_logon=not ours.store,
            never_resent=frozenset("V"),
            username=ours.username or None,
            password=self._password() or None,
        )
        return Initiator(target, session, store, self)

    async def _run(self, initiator: Initiator) -> None:
        running = asyncio.create_task(initiator.run())
        try:
            while True:
                done, _ = await asyncio.wait({running}, timeout=self.settings.heartbeat_seconds / 2)
                if done:
                    running.result()
                self._watch(initiator)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running

    def _watch(self, initiator: Initiator) -> None:
        """Heartbeats are the session's affair: that it heard something is seen by its clock."""
        connection = self._connection
        if connection is None or connection.session is None:
            self.failure = initiator.failure or self.failure
        elif connection.session.heard_ns != self._heard_ns:
            self._heard_ns = connection.session.heard_ns
            self._alive()

    def on_step(self, connection: FixConnection, step: Step) -> None:
        match step:
            case Received():
                self._take(self._said(step))
            case LoggedOn():
                self._connection = connection
                self._came()
                self._subscriptions = 0
                self._subscribe(connection)
            case Gap():
                self._missed(connection, Trouble.GAP, f"messages from {step.first} are missing")
            case Refused() if step.message_type in _PRICES:
                self._missed(connection, Trouble.UNREADABLE, f"{step.message_type}: {step.text}")
            case Refused() | PeerRefused() | Garbled():
                self._take([problem(Trouble.UNREADABLE, step)])

    def on_closed(self, connection: FixConnection, reason: str) -> None:
        self._connection = None
        self._lost(reason)

    def _said(self, step: Received) -> Said:
        match step.message:
            case Snapshot() | Refresh() as message if (
                step.is_possibly_double and message.request_id is None
            ):
                # What says of which subscription it is comes in its turn, or is not asked for.
                return [problem(Trouble.DOUBLE, f"message {step.number} came again")]
            case Snapshot() as message:
                return self._book.snapshot(message, step.number, step.sent_ns)
            case Refresh() as message:
                return self._book.refresh(message, step.number, step.sent_ns)
            case MarketDataReject() as message:
                self.failure = message.text or "the subscription was refused"
                return self._book.reject(message)
            case other:
                return [problem(Trouble.UNREADABLE, f"a {type(other).__name__} from a source")]

    def _missed(self, connection: FixConnection, trouble: Trouble, text: str) -> None:
        """Any price may be among it: none stands until all have been told anew."""
        self._take([problem(trouble, text), SourceDown(self.settings.name)])
        if not connection.is_logged_on:
            return
        if self._subscriptions >= SUBSCRIPTIONS_MAX:
            connection.cut(f"messages were missed {self._subscriptions} times")
            return
        connection.send(self._book.request(UNSUBSCRIBE))
        self._subscribe(connection)

    def _subscribe(self, connection: FixConnection) -> None:
        self._subscriptions += 1
        self._book = self._new_book()
        connection.send(self._book.request())

    def _new_book(self) -> CmdsBook:
        return CmdsBook(self.settings, f"{self.settings.name}-{next(self._requests)}")
