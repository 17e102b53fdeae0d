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
Slots = tuple[tuple[Callable[[Observation], Key], tuple[Indicator, ...]], ...]


class Plan(NamedTuple):
    """Indicators by key, those of them that events count for, and the bits of rules that judge.

    What is of one event alone and asked by checks only has nothing to count.
    """

    slots: Slots
    counted: Slots
    judging: int


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
        plan = Plan(_slots(fitting), _slots(counted), judging)
        if len(self._plans) >= PLANS_MAX:
            self._plans.clear()
        self._plans[category] = plan
        return plan

    def _is_counted(self, indicator: Indicator) -> bool:
        if indicator.spec.window is not WindowKind.INSTANT:
            return True
        return bool(indicator.rules & self._judging.watching)


def _slots(indicators: Sequence[Indicator]) -> Slots:
    by_key: dict[tuple[str, ...], list[Indicator]] = {}
    for indicator in indicators:
        by_key.setdefault(indicator.spec.key, []).append(indicator)
    return tuple((found[0].key_of, tuple(found)) for found in by_key.values())
