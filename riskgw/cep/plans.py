"""Which indicators an event can concern: told once for all events of the same categories.

A catalogue has rules for futures, for stocks, for auctions; an event of one must not pay for the
others. Fields with few values make an event's category, and a category's plan is made when the
first event of it comes: the indicators whose tests of such fields it passes, by their keys.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, NamedTuple

from msgspec.structs import replace

from riskgw.cep.fields import FIELDS
from riskgw.cep.indicator import Indicator
from riskgw.cep.moments import Moments
from riskgw.cep.observation import Observation
from riskgw.cep.spec import WindowKind
from riskgw.cep.windows import Key
from riskgw.kernel.words import EventKind

# Plans that are kept; when there are more categories, all are made anew.
PLANS_MAX = 16_384


# Whether the phase is of the category, and what else is.
Category = tuple[bool, Callable[[Observation], Any]]
# How a key is read, whether it is one value rather than several, and what is kept by it.
Slots = tuple[tuple[Callable[[Observation], Key], bool, tuple[Indicator, ...]], ...]


class Plan(NamedTuple):
    """Indicators by key that events count for, the bits of rules that judge, and by key what those
    rules have to be asked about an order before it leaves.

    What is of one event alone and asked by checks only has nothing to count.
    """

    counted: Slots
    judging: int
    asked: Slots


class Judging(NamedTuple):
    """Of each rule, by its bit, the phases it judges in; the bits of those that events are for."""

    phases: dict[int, tuple[str, ...]]
    watching: int


class Plans:
    """Plans by category, for each kind of event."""

    def __init__(self, indicators: Sequence[Indicator], judging: Judging, moments: Moments) -> None:
        self._judging = judging
        self._moments = moments
        self._by_event = {
            kind: [each for each in indicators if kind in each.spec.events] for kind in EventKind
        }
        self._uses_phase = any(judging.phases.values())
        self._category = {kind: self._category_of(found) for kind, found in self._by_event.items()}
        self._plans: dict[Any, Plan] = {}

    def plan(self, observation: Observation) -> Plan:
        event = observation.event
        uses_phase, read = self._category[event]
        category = read(observation)
        if uses_phase:
            category = self._phase(observation), category
        plan = self._plans.get(category)
        return plan if plan is not None else self._made(observation, category)

    def only(self, kind: EventKind) -> Indicator | None:
        """The one indicator that all events of a kind concern, where nothing has to be asked."""
        found = [each for each in self._by_event[kind] if self._is_counted(each)]
        uses_phase, _ = self._category[kind]
        if len(found) != 1 or uses_phase or any(each.categories for each in self._by_event[kind]):
            return None
        return found[0]

    def _category_of(self, indicators: Sequence[Indicator]) -> Category:
        names = sorted({name for each in indicators for name in each.categories} - {"event"})
        uses_phase = self._uses_phase or "phase" in names
        others = [FIELDS[name].attribute for name in names if name != "phase"]
        return uses_phase, attrgetter("event", *others)

    def _phase(self, observation: Observation) -> str:
        """As the event says; else by the clock."""
        return observation.phase or self._moments.of(observation).phase

    def _made(self, observation: Observation, category: Any) -> Plan:
        phase = self._phase(observation)
        known = replace(observation, phase=phase)
        fitting = [each for each in self._by_event[observation.event] if each.fits(known)]
        counted = [each for each in fitting if self._is_counted(each)]
        phases = self._judging.phases
        judging = sum(bit for bit, names in phases.items() if not names or phase in names)
        asked = [each for each in fitting if each.rules & judging]
        plan = Plan(_slots(counted), judging, _slots(asked))
        if len(self._plans) >= PLANS_MAX:
            self._plans.clear()
        self._plans[category] = plan
        return plan

    def _is_counted(self, indicator: Indicator) -> bool:
        if indicator.spec.window is not WindowKind.INSTANT:
            return True
        return bool(indicator.rules & self._judging.watching)


def touched_bits(slots: Slots, observation: Observation) -> int:
    """The bits of the rules of which an indicator took the event in."""
    touched = 0
    for key_of, is_plain, indicators in slots:
        key = key_of(observation)
        if key is None if is_plain else None in key:
            continue
        for indicator in indicators:
            if indicator.take(observation, key):
                touched |= indicator.rules
    return touched


def _slots(indicators: Sequence[Indicator]) -> Slots:
    by_key: dict[tuple[bool, tuple[str, ...]], list[Indicator]] = {}
    for each in indicators:
        by_key.setdefault((each.is_plain, each.spec.key), []).append(each)
    return tuple((found[0].key_of, found[0].is_plain, tuple(found)) for found in by_key.values())
