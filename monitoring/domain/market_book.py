"""The newest market snapshot of every contract."""

from riskgw.cep.sessions import Sessions
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.messages.market import SYMBOLS_MAX, Snapshot

# A snapshot comes every three seconds; quiet contracts have none, so all are asked together.
STALE_NS = 30 * NS_PER_SECOND


class MarketBook:
    """Snapshots come by contract name. `market_ns` is the newest time of any contract."""

    def __init__(self) -> None:
        self._newest: dict[str, Snapshot] = {}
        self.market_ns = 0

    def clear(self) -> None:
        """A new trading day, or one that is played again."""
        self._newest.clear()
        self.market_ns = 0

    def hear(self, contract: str, snapshot: Snapshot) -> bool:
        """Whether it is newer than what was known; a second source repeats the first."""
        before = self._newest.get(contract)
        if snapshot.ns <= before.ns if before else len(self._newest) >= SYMBOLS_MAX:
            return False
        self._newest[contract] = snapshot
        self.market_ns = max(self.market_ns, snapshot.ns)
        return True

    def of(self, contract: str) -> Snapshot | None:
        return self._newest.get(contract)

    def is_stale(self, contract: str, at_ns: int, sessions: Sessions) -> bool:
        """Whether the contract has no snapshot, or the market has been silent for too long.

        In the first moments of a phase the market may still speak of the one before.
        """
        if contract not in self._newest:
            return True
        if at_ns - self.market_ns <= STALE_NS:
            return False
        return sessions.phase(contract, at_ns) == sessions.phase(contract, at_ns - STALE_NS)
