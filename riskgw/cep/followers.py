"""Rules that follow the market: a snapshot judges again whom it concerns.

What an auction trades and the snapshot that says how much that was of all come at one moment, in
either order. A rule that needs both judges the key whose own events it has seen when the market
speaks, as if the snapshot were an event of that key.
"""

from collections.abc import Iterable

from msgspec.structs import replace

from riskgw.cep.fields import FIELDS
from riskgw.cep.observation import Observation
from riskgw.cep.plans import Plans, Slots, touched_bits
from riskgw.cep.rule import Rule
from riskgw.cep.windows import Key
from riskgw.messages.alert import Alert


class Followers:
    """By the keys they are kept by; rules that hold others back come first."""

    def __init__(self, rules: Iterable[Rule], plans: Plans) -> None:
        self._plans = plans
        self._by_names: dict[tuple[str, ...], list[Rule]] = {}
        self.bits = 0
        for rule in rules:
            if rule.spec.follows_market:
                self.bits |= rule.bit
                self._by_names.setdefault(rule.spec.key, []).append(rule)

    def watch(self, observation: Observation, touched: int) -> None:
        """Something was counted for these rules, also out of the phases they judge in."""
        for rules in self._by_names.values():
            for rule in rules:
                if rule.bit & touched:
                    rule.watch(observation)

    def judged(self, observation: Observation, touched: int) -> list[Alert]:
        """The alerts that a snapshot raises beside those of the contract itself.

        `touched` are the bits of the rules of which something was counted of it as it is.
        """
        alerts = []
        for names, rules in self._by_names.items():
            for key in _watched(rules, observation):
                beside = _put_beside(observation, names, key)
                plan = self._plans.plan(beside)
                also = touched | touched_bits(_kept_by(names, plan.counted), beside)
                for rule in rules:
                    # What has to hold for some time does so although nothing happens.
                    if plan.judging & rule.bit and (also & rule.bit or rule.spec.for_ms):
                        alert = rule.judge(beside) if rule.watches(beside, key) else None
                        alerts += [alert] if alert is not None else []
        return alerts


def _kept_by(names: tuple[str, ...], slots: Slots) -> Slots:
    """What is counted of snapshots by the keys of those who follow them."""
    return tuple(slot for slot in slots if set(slot[2][0].spec.key) == set(names))


def _watched(rules: Iterable[Rule], observation: Observation) -> dict[Key, None]:
    """All keys of these rules that the contract's market concerns."""
    keys: dict[Key, None] = {}
    for rule in rules:
        keys |= rule.watched.get(observation.contract or "", {})
    return keys


def _put_beside(observation: Observation, names: tuple[str, ...], key: Key) -> Observation:
    """A snapshot as it concerns a key."""
    values = zip(names, key, strict=True)
    return replace(observation, **{FIELDS[name].attribute: value for name, value in values})
