"""A shard as the counters' check sees it: the same entries, judged by the rules before an order."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from monitoring.domain.live_index import LiveIndex
from monitoring.domain.live_view import AccountView, account_view
from monitoring.domain.order_check import (
    Checked,
    Reason,
    Refused,
    fault,
    request_of,
    restriction_reasons,
    rule_reason,
    worst,
)
from monitoring.domain.shard import RiskShard
from riskgw.cep.spec import Action, CheckPoint, RuleSpec
from riskgw.kernel.words import EventKind, OrderType
from riskgw.messages.base_data import BaseData, ContractData
from riskgw.messages.event import Event
from riskgw.messages.restriction import Restriction
from riskgw.shards.entries import Asked, Entry, Heard, Load

# A watermark that runs so far ahead of all events says only that a source has ended.
_AHEAD_NS_MAX = 86_400 * 10**9
_UNPRICED = (OrderType.MARKET, OrderType.OWN_BEST, OrderType.OPPOSITE_BEST, OrderType.BEST_FIVE)


class ReplicaShard:
    """It takes what its shard takes, and never judges an event: only what is asked."""

    def __init__(self, shard: RiskShard | None = None) -> None:
        self.shard = shard or RiskShard()
        self._index = LiveIndex()
        self._until: dict[str, int] = {}
        self._know(self.shard.base)
        self._use(self.shard.rules)

    @property
    def is_fed(self) -> bool:
        """Nothing is known before the first load."""
        return bool(self._accounts or self._contracts)

    @property
    def as_of_ns(self) -> int:
        """The newest event, or the time up to which there is none."""
        newest = self.shard.newest_ns
        until = min(self._until.values(), default=0)
        return until if newest < until < newest + _AHEAD_NS_MAX else newest

    def take(self, entry: Entry) -> None:
        if isinstance(entry, Asked):
            return
        if isinstance(entry, Load):
            self._load(entry)
            return
        self.shard.take(entry)
        if isinstance(entry, Heard):
            self._until[entry.source] = entry.until_ns
            if entry.is_end:
                del self._until[entry.source]

    def check(
        self,
        given: Mapping[str, Any],
        restrictions: Sequence[Restriction],
        counters: frozenset[str] | None = None,
    ) -> Checked:
        """The verdict on an order as of now; nothing of it stays.

        Who asks for `counters` only knows no accounts of others.
        """
        at_ns = self.as_of_ns
        try:
            event = request_of(given, at_ns)
        except Refused as refused:
            reasons = refused.reasons
        else:
            reasons = self._reasons(event, restrictions, counters)
        return Checked(str(given.get("order_ref") or ""), worst(reasons), reasons, at_ns)

    def look(self, exchange: str, account: str) -> AccountView | None:
        """What an account holds and lets stand; None while there is more to sort: ask again."""
        state = self.shard.core.state()
        if not self._index.catch_up(state.enricher.tracker, state.day):
            return None
        return account_view(self.shard, self._index, exchange, account)

    def _reasons(
        self,
        event: Event,
        restrictions: Sequence[Restriction],
        counters: frozenset[str] | None,
    ) -> list[Reason]:
        observation = self.shard.core.preview(event)
        reasons = restriction_reasons(observation, restrictions)
        if event.event is EventKind.CANCEL:
            return reasons
        reasons += self._unknown(event, counters)
        if reasons:
            return reasons
        names = self._names
        return [
            rule_reason(alert, names[alert.rule]) for alert in self.shard.core.check(observation)
        ]

    def _unknown(self, event: Event, counters: frozenset[str] | None) -> list[Reason]:
        """Fail closed on what the reference data do not hold."""
        reasons = []
        counter = self._accounts.get((event.exchange, event.account))
        if counter is None or (counters is not None and counter not in counters):
            reasons.append(fault("unknown_account", "the account is not known", event.account))
        contract = self._contracts.get((event.exchange, event.symbol))
        if contract is None:
            reasons.append(fault("unknown_contract", "the contract is not known", event.symbol))
        elif event.order_type not in _UNPRICED and not self._has_reference(event, contract):
            text = "there is no price to compare with"
            reasons.append(fault("missing_reference_price", text, event.symbol))
        return reasons

    def _has_reference(self, event: Event, contract: ContractData) -> bool:
        if contract.previous_close:
            return True
        snapshot = self.shard.core.market_of(f"{event.exchange}:{event.symbol}")
        return bool(snapshot and (snapshot.last or snapshot.previous_close))

    def _load(self, load: Load) -> None:
        if load.base is not None:
            self._know(load.base)
        if load.rules is not None:
            self._use(load.rules, load.base, load.at_ns)
        else:
            self.shard.load(load)

    def _know(self, base: BaseData) -> None:
        self._accounts: dict[tuple[str | None, str | None], str] = {
            (each.exchange, each.id): each.counter for each in base.accounts
        }
        self._contracts: dict[tuple[str | None, str | None], ContractData] = {
            (each.exchange, each.symbol): each for each in base.contracts
        }

    def _use(self, rules: Iterable[RuleSpec], base: BaseData | None = None, at_ns: int = 0) -> None:
        used = tuple(rule for rule in rules if _refuses(rule))
        self._names = {rule.code: rule.name_en for rule in used}
        self.shard.load(Load(base, used, at_ns))


def _refuses(rule: RuleSpec) -> bool:
    """Whether an order is asked about it: before it leaves, or by what it does to orders."""
    is_pre = rule.check_point is CheckPoint.PRE
    return is_pre or any(each.action in (Action.REJECT, Action.THROTTLE) for each in rule.actions)
