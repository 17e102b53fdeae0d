"""One rule at work: how far up the ladder each key stands, and when that becomes an alert."""

from operator import attrgetter
from typing import NamedTuple

from msgspec.structs import replace

from riskgw.cep.condition import Condition, Parts
from riskgw.cep.episodes import Episodes, Standings, Told
from riskgw.cep.evidence import NO_EVIDENCE, Evidence
from riskgw.cep.indicator import Indicator, key_reader
from riskgw.cep.moments import Moments
from riskgw.cep.observation import Observation
from riskgw.cep.spec import Op, RuleMode, RuleSpec, WindowKind
from riskgw.cep.step import Step
from riskgw.cep.then import Armings
from riskgw.cep.windows import Key, Today
from riskgw.kernel.words import LEVELS_RISING
from riskgw.messages.alert import Alert

_PASSING = (WindowKind.SLIDING, WindowKind.SESSION)


# Keys by contract, in the order in which they came.
Watched = dict[str, dict[Key, None]]


class RuleState(NamedTuple):
    """What a rule remembers of its keys."""

    standings: Standings
    armings: Armings | None
    watched: Watched


# How a rule was before a trial: standings, armings, inhibitors, the latest it told of.
Untried = tuple[Standings, Armings | None, "list[Rule]", Observation | None]


class Rule:
    """An alert is raised when a key climbs higher than it stood since it last stood at nothing.

    Where all conditions are instant each event is an episode of its own, unless they have to hold
    for some time. Where all windows pass, an episode is over when they have run empty.
    """

    def __init__(
        self,
        spec: RuleSpec,
        indicators: dict[str, Indicator],
        step: Step | None,
        bit: int,
        moments: Moments,
    ) -> None:
        self.spec = spec
        self.bit = bit
        self.step = step
        self._moments = moments
        self.is_shadow = spec.mode is RuleMode.SHADOW
        self.inhibitors: list[Rule] = []
        self.indicators = list(indicators.values())
        self._key_of = key_reader(spec.key)
        used = {threshold.level for each in spec.conditions for threshold in each.thresholds}
        self.levels = [level for level in LEVELS_RISING if level in used]
        self._bits = {level: 1 << number for number, level in enumerate(self.levels)}
        self._heights = [_height(mask) for mask in range(1 << len(self.levels))]
        parts = Parts(indicators, self._bits, spec.clear_percent)
        numbers = sorted({condition.group for condition in spec.conditions})
        self.groups = [
            [Condition(each, parts) for each in spec.conditions if each.group == number]
            for number in numbers
        ]
        self._actions = {each.level: each for each in spec.actions}
        self.episodes = Episodes(spec, len(self.levels))
        windows = {indicators[each.indicator].spec for each in spec.conditions}
        kinds = {each.window for each in windows}
        is_instant = kinds == {WindowKind.INSTANT}
        self._is_single = is_instant and not spec.for_ms
        self._is_passing = (
            not is_instant
            and kinds.issubset((*_PASSING, WindowKind.INSTANT))
            and all(each.op is not Op.DURATION for each in windows)
        )
        self._goes_on = kinds == {WindowKind.DAYS}
        self._latest: Observation | None = None
        # Of a rule that follows the market: whom its snapshots may concern.
        self.watched: Watched = {}
        self._subject_of = attrgetter("contract" if "contract" in spec.key else "index")
        follows = spec.follows_market
        single = [group[0] for group in self.groups if len(group) == 1]
        self._gate = next(
            (each for each in single if each.is_simple and step is None and not follows), None
        )

    def start_day(self, today: Today, day: str) -> None:
        """A new trading day, also as an ISO date."""
        self.load_thresholds(day)
        self.episodes.start_day(today, goes_on=self._goes_on)
        today.let_go(self.watched)
        self.watched = {}
        if self.step is not None:
            self.step.armings.start_day(today)

    def load_thresholds(self, day: str) -> None:
        for group in self.groups:
            for condition in group:
                condition.start_day(day)

    def floor(self, indicator: Indicator) -> int:
        """Below this value of an indicator the rule cannot hold; 0 where it may."""
        gate = self._gate
        return gate.floor if gate is not None and gate.indicator is indicator else 0

    def state(self) -> RuleState:
        armings = self.step.armings if self.step else None
        return RuleState(self.episodes.standings, armings, self.watched)

    def take_over(self, state: RuleState) -> None:
        self.episodes.standings, self.watched = state.standings, state.watched
        if self.step is not None and state.armings is not None:
            self.step.armings = state.armings

    def judge(self, observation: Observation) -> Alert | None:
        """The alert this event raises, if it raises one."""
        standings = self.episodes.standings
        key = self._key_of(observation) if standings or self._gate is None else ()
        if self._gate is not None and (not standings or key not in standings):
            # The usual case by far: the key stands nowhere and this is not enough to.
            value = self._gate.indicator.value(observation)
            if value is None or not self._gate.can_hold(value):
                return None
            key = key or self._key_of(observation)
        if None in key:
            return None
        done = self._step_done(observation) if self.step is not None else None
        height = self._height(observation, key)
        if not height:
            return done
        at_ns = observation.time_ns
        traded_ns = self._moments.of(observation).traded_ns if self.spec.for_ms else at_ns
        told = self.episodes.holds(key, height, at_ns, traded_ns)
        if told is None:
            return done
        if self.step is not None:
            self._arm(self.step, observation, told)
            return done
        if self.episodes.is_told(key, told) or self._is_held_back(observation):
            return None
        self.episodes.tell(key, told)
        self._latest = observation
        return self._alert(observation, told)

    def watch(self, observation: Observation) -> None:
        """From now on this observation's key is judged at the market's snapshots too."""
        key, subject = self._key_of(observation), self._subject_of(observation)
        if None not in key and subject is not None:
            self.watched.setdefault(subject, {})[key] = None

    def watches(self, observation: Observation, key: Key) -> bool:
        return key in self.watched.get(observation.contract or "", ())

    def is_standing(self, observation: Observation) -> bool:
        """Whether this observation's key stands somewhere, and that was told."""
        if observation is self._latest:
            return True
        key = self._key_of(observation)
        if self._is_single or self.step is not None or None in key:
            return False
        standing = self.episodes.standings.get(key)
        if standing is None or not standing.told:
            return False
        return any(each.value(observation) is not None for group in self.groups for each in group)

    def begin_trial(self, observation: Observation) -> Untried:
        """Until the trial ends, only this observation's key is known, as if nothing was told."""
        armings = self.step.armings if self.step is not None else None
        standings = self.episodes.standings
        before = standings, armings, self.inhibitors, self._latest
        self.episodes.standings = (
            self.episodes.trial(self._key_of(observation)) if standings else {}
        )
        self.inhibitors = []
        if self.step is not None:
            self.step.armings = self.step.armings.only(self.step.key_of(observation))
        return before

    def end_trial(self, before: Untried) -> None:
        self.episodes.standings, armings, self.inhibitors, self._latest = before
        if self.step is not None and armings is not None:
            self.step.armings = armings

    def _height(self, observation: Observation, key: Key) -> int:
        """How many levels hold, from the lowest up."""
        mask = -1
        for group in self.groups:
            held = 0
            for condition in group:
                held |= condition.mask(observation)
            mask &= held
            if not mask & 1:
                if self.episodes.standings and not self._is_kept(observation, key):
                    self._falls(observation, key)
                return 0
        if self._is_single or (self._is_passing and self._is_fresh(observation, key)):
            self._falls(observation, key)
        return self._heights[mask]

    def _falls(self, observation: Observation, key: Key) -> None:
        self.episodes.falls(key)
        if self.step is not None:
            self.step.rest(observation)

    def _is_kept(self, observation: Observation, key: Key) -> bool:
        """Whether a key that has fallen is still too near to the lowest level."""
        if not self.spec.clear_percent or not self.episodes.stands(key):
            return False
        return all(
            any(not condition.is_clearing(observation) for condition in group)
            for group in self.groups
        )

    def _is_fresh(self, observation: Observation, key: Key) -> bool:
        if key not in self.episodes.standings:
            return False
        return all(each.indicator.is_fresh(observation) for group in self.groups for each in group)

    def _is_held_back(self, observation: Observation) -> bool:
        return any(
            (self.is_shadow or not each.is_shadow) and each.is_standing(observation)
            for each in self.inhibitors
        )

    def _arm(self, step: Step, observation: Observation, told: Told) -> None:
        if step.can_arm(observation, told.height):
            step.arm(observation, told.height, self._alert(observation, told))

    def _step_done(self, observation: Observation) -> Alert | None:
        """The alert of what was armed before, if this event is the step that was missing."""
        assert self.step is not None
        done = self.step.done()
        if done is None or self._is_held_back(observation):
            return None
        key = tuple(done.alert.key.values())
        self.step.tell(done.height, is_over=not self.episodes.stands(key))
        self._latest = observation
        return replace(
            done.alert,
            time_ns=observation.time_ns,
            values=(*done.alert.values, self.step.reading(done.amount)),
            order_count=done.evidence.orders,
            order_refs=done.evidence.refs,
            late=observation.is_late,
            evidence=observation.evidence,
        )

    def _alert(self, observation: Observation, told: Told) -> Alert:
        level = self.levels[told.height - 1]
        readings = []
        evidence: Evidence = NO_EVIDENCE
        for group in self.groups:
            for condition in group:
                if reading := condition.reading(observation, level):
                    readings.append(reading)
                if not evidence.orders and condition.mask(observation) & self._bits[level]:
                    evidence = condition.indicator.evidence(observation)
        action = self._actions.get(level)
        return Alert(
            rule=self.spec.code,
            version=self.spec.version,
            level=level,
            key=dict(zip(self.spec.key, self._key_of(observation), strict=True)),
            time_ns=observation.time_ns,
            values=tuple(readings),
            order_count=evidence.orders,
            order_refs=evidence.refs,
            late=observation.is_late,
            evidence=observation.evidence,
            shadow=self.is_shadow,
            action=action.action if action else "",
            mask=action.mask if action else (),
            release=action.release if action else "",
            episode=told.episode,
        )


def _height(mask: int) -> int:
    """The levels are a ladder: where one does not hold, none above it does."""
    height = 0
    while mask & 1:
        mask >>= 1
        height += 1
    return height
