"""Serves a made-up market by FIX, CMDS-like."""

from collections.abc import Mapping

from quoting.domain.generated_market import Quoted
from quoting.io.fix_acceptor import Acceptor, Counterparty, Listening
from quoting.io.fix_connection import FixConnection, Stalled
from quoting.wire.fix.messages import BusinessMessage, MarketDataReject, MarketDataRequest
from quoting.wire.fix.session import Settings
from quoting.wire.fix.steps import Received, Step
from quoting.wire.fix.store import MemoryStore
from quoting.wire.sources.cmds import SUBSCRIBE
from quoting.wire.sources.cmds_service import refresh, snapshot
from quoting.wire.sources.reuters_service import Newest

_UNKNOWN_SYMBOL = "0"


class CmdsServer:
    """One session, of `client`; its newest subscription counts."""

    def __init__(
        self,
        listening: Listening,
        decimals: Mapping[str, int],
        newest: Newest,
        names: tuple[str, str] = ("CMDS", "RISKGW"),
    ) -> None:
        self._decimals = decimals
        self._newest = newest
        # Begins with 1 whenever the client does; a client that goes on finds its numbers.
        settings = Settings(*names, is_initiator=False, never_resent=frozenset("WX"))
        clients = {names[1]: Counterparty(settings, MemoryStore())}
        self._acceptor = Acceptor(listening, clients, self)
        self.wanted: dict[FixConnection, MarketDataRequest] = {}
        self._is_silent = False

    async def start(self) -> int:
        return await self._acceptor.start()

    async def stop(self) -> None:
        await self._acceptor.stop()

    def say(self, quoted: Quoted) -> None:
        for connection, request in list(self.wanted.items()):
            if any(each.pair == quoted.pair for each in request.pairs):
                message = refresh(quoted, self._decimals[quoted.pair], request.request_id)
                self._send(connection, message)

    def beat(self) -> None:
        """The session sees to it."""

    def silence(self, *, is_silent: bool) -> None:
        """A link that is dead: whoever logs on meanwhile hears nothing of prices."""
        self._is_silent = is_silent
        if is_silent:
            for each in list(self._acceptor.connections):
                each.cut("silenced")
            return
        for connection, request in list(self.wanted.items()):
            self._tell_all(connection, request)

    def on_step(self, connection: FixConnection, step: Step) -> None:
        if not isinstance(step, Received) or not isinstance(step.message, MarketDataRequest):
            return
        request = step.message
        if request.action != SUBSCRIBE:
            if self.wanted.get(connection, request).request_id == request.request_id:
                self.wanted.pop(connection, None)
            return
        unknown = [each.pair for each in request.pairs if each.pair not in self._decimals]
        if unknown:
            text = f"no {', '.join(unknown)}"
            self._send(connection, MarketDataReject(request.request_id, _UNKNOWN_SYMBOL, text))
            return
        self.wanted[connection] = request
        if not self._is_silent:
            self._tell_all(connection, request)

    def on_closed(self, connection: FixConnection, reason: str) -> None:
        self.wanted.pop(connection, None)

    def _tell_all(self, connection: FixConnection, request: MarketDataRequest) -> None:
        for wanted in request.pairs:
            quotes, decimals = self._newest(wanted.pair), self._decimals[wanted.pair]
            self._send(connection, snapshot(wanted.pair, quotes, decimals, request.request_id))

    def _send(self, connection: FixConnection, message: BusinessMessage) -> None:
        if not connection.is_logged_on:
            return
        try:
            connection.send(message)
        except Stalled:
            self.wanted.pop(connection, None)
