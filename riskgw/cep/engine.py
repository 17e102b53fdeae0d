"""All live rules over one ordered stream of observations."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from datetime import date
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from msgspec.structs import replace

from riskgw.cep.checks import faults
from riskgw.cep.counting import CountWindow
from riskgw.cep.filters import exempting
from riskgw.cep.followers import Followers
from riskgw.cep.headroom import Headroom, headroom_of, probes
from riskgw.cep.indicator import Counter, Indicator
from riskgw.cep.moments import Moments
from riskgw.cep.observation import Observation
from riskgw.cep.plans import Judging, Plan, Plans, Slots, touched_bits
from riskgw.cep.rule import Rule, RuleState
from riskgw.cep.sessions import Sessions
from riskgw.cep.spec import CheckPoint, IndicatorSpec, RuleSpec, WindowKind
from riskgw.cep.step import Step
from riskgw.cep.sweep import SWEEP_NS, Sweep
from riskgw.cep.trial import Trial
from riskgw.cep.windows import DaysWindow, Today, Window
from riskgw.kernel.times import NS_PER_SECOND
from riskgw.kernel.words import EventKind
from riskgw.messages.alert import Alert

_TEXTS = (
    "name_zh", "name_en", "category", "advice_zh", "advice_en", "source_note", "confidence",
)  # fmt: skip
_HOUR_NS = 3600 * NS_PER_SECOND
# Sets of rules that events touched, kept in the order they are judged in.
SETS_MAX = 4096


class RuleError(ValueError):
    """A rule that the checks refuse was given to the engine."""


class EngineState(NamedTuple):
    """What the engine has counted: windows by what they count, rules by how they judge."""

    day: date | None
    windows: dict[IndicatorSpec, Window]
    rules: dict[RuleSpec, RuleState]


class Engine:
    """Rules compiled once; indicators that are the same are kept once.

    An event of a trading day that is over is neither counted nor judged if it comes late; else
    time has begun anew, and so has the day. Each observation counts, also one that came before.
    """

    def __init__(
        self,
        specs: Iterable[RuleSpec],
        sessions: Sessions | None = None,
        let_go: Callable[[dict[Any, Any]], None] = dict.clear,
    ) -> None:
        self._specs = tuple(specs)
        # What a day has left is over when the next one begins: at once, or as the caller sees fit.
        self._let_go = let_go
        self._moments = Moments(sessions or Sessions())
        self._shared: dict[IndicatorSpec, Indicator] = {}
        self._steps: list[Indicator] = []
        self._rules: list[Rule] = []
        for spec in self._specs:
            self._add(spec)
        self._indicators = list(self._shared.values())
        # Rules in the order they are judged in: those that hold others back come first.
        self._ranked = _ranked(self._rules)
        self._watching = sum(
            1 << number
            for number, each in enumerate(self._rules)
            if each.spec.check_point is not CheckPoint.PRE
        )
        phases = {1 << number: each.spec.sessions for number, each in enumerate(self._rules)}
        judging = Judging(phases, self._watching)
        self._plans = Plans([*self._indicators, *self._steps], judging, self._moments)
        self._followers = Followers([rule for _, rule in self._ranked], self._plans)
        self._sets: dict[int, tuple[tuple[int, Rule], ...]] = {}
        self._trials: dict[Slots, Trial] = {}
        swept = [each for each in self._indicators if _is_swept(each.spec)]
        self._sweep = Sweep(swept, self._moments)
        self._day: date | None = None
        self._hour = -1
        # Until then nothing has to be looked at but what events count.
        self._until_ns = 0
        self._events = self._newest_ns = 0
        self._counters: dict[EventKind, Counter | None] = dict.fromkeys(EventKind)
        # Nothing from before this comes any more; None where events come in their order.
        self.settled_ns: int | None = None
        self._next: tuple[date, int, Engine] | None = None

    def observe(self, observation: Observation) -> list[Alert]:
        """The alerts that one event raises, in the order of the rules.

        Rules of the check point `pre` are counted, and judged by `check` alone.
        """
        at_ns = observation.time_ns
        if self._newest_ns <= at_ns < self._until_ns:
            self._newest_ns = at_ns
            if (count := self._counters[observation.event]) is None:
                return self._observed(observation)
            return self._judged(1, observation) if count(observation, at_ns) else []
        return self._observed(observation) if self._turn(observation) else []

    def observe_source(self, observation: Observation) -> list[Alert]:
        """The same of an event whose group is another engine's: only its source is counted."""
        if not self._turn(observation):
            return []
        plan = self._plans.plan(observation)
        slots = tuple(slot for slot in plan.counted if "source" in slot[2][0].spec.key)
        touched = touched_bits(slots, observation) & plan.judging & self._watching
        return self._judged(touched, observation) if touched else []

    def check(self, observation: Observation) -> list[Alert]:
        """What would hold if this observation came now, whatever its key stands at.

        Rules of all check points are asked. Nothing changes: copies of what it concerns observe it,
        in which orders are counted and not named.
        """
        day = self._moments.sessions.trading_day(observation.time_ns)
        if day != self._day:
            return self._on(day).check(observation) if self._is_ahead(day) else []
        plan = self._plans.plan(observation)

        def found(asked: Observation) -> list[Alert]:
            return self._judged(touched_bits(plan.asked, asked) & plan.judging, asked)

        trial = self._trials.get(plan.asked) or self._trial(plan)
        return trial.of(observation, found)

    def headroom(self, values: Mapping[str, str], at_ns: int = 0) -> list[Headroom]:
        """How far the keys that have these values are from their thresholds, as things stand.

        They stand as of the newest event, or of `at_ns` where that is later on the same day.

        A rule by side is told for both, one whose key is not given in full is not told.
        """
        rows = []
        day = self._moments.sessions.trading_day(at_ns)
        is_later = at_ns > self._newest_ns and day == self._day
        as_of_ns = at_ns if is_later else self._newest_ns
        for rule in self._rules:
            for probe in probes(rule.spec, values, as_of_ns):
                rows += Trial([rule], ()).of(probe, partial(headroom_of, rule))
        return rows

    def replace_sessions(self, sessions: Sessions) -> None:
        """Calendars and phases from the next event on; it may be of another trading day by them."""
        self._moments.replace(sessions)
        self._hour, self._until_ns, self._next = -1, 0, None

    def state(self) -> EngineState:
        """Not a copy: it goes on changing with the engine."""
        windows = {each.spec: each.window for each in self._indicators}
        states = {_judgement(each.spec): each.state() for each in self._rules}
        return EngineState(self._day, windows, states)

    def take_over(self, state: EngineState) -> None:
        """Go on where another engine was; what it did not count or judge so starts from nothing."""
        if state.day is not None:
            self._start_day(state.day)
        for indicator in self._indicators:
            indicator.window = state.windows.get(indicator.spec, indicator.window)
        for rule in self._rules:
            if (found := state.rules.get(_judgement(rule.spec))) is not None:
                rule.take_over(found)
        self._set_floors()

    def _add(self, spec: RuleSpec) -> None:
        if found := faults(spec):
            place, text = found[0]
            raise RuleError(f"rule {spec.code}: {place}: {text}")
        exempt = tuple(exempting(each) for each in spec.exemptions)
        spec_of = {
            each.code: replace(each, code="", filters=(*each.filters, *exempt))
            for each in spec.indicators
        }
        codes = {code for each in spec.conditions for code in (each.indicator, each.over) if code}
        indicators = {code: self._indicator(spec_of[code]) for code in sorted(codes)}
        step = Step(spec, spec.then, self._moments, exempt) if spec.then else None
        bit = 1 << len(self._rules)
        self._rules.append(Rule(spec, indicators, step, bit, self._moments))
        for indicator in indicators.values():
            indicator.rules |= bit
        if step is not None:
            step.indicator.rules = bit
            self._steps.append(step.indicator)

    def _indicator(self, spec: IndicatorSpec) -> Indicator:
        if spec not in self._shared:
            self._shared[spec] = Indicator(spec, self._moments)
        return self._shared[spec]

    def _judged(self, touched: int, observation: Observation) -> list[Alert]:
        raised = [
            (number, alert)
            for number, rule in self._sets.get(touched) or self._set(touched)
            if (alert := rule.judge(observation)) is not None
        ]
        return [alert for _, alert in sorted(raised, key=itemgetter(0))] if raised else []

    def _observed(self, observation: Observation) -> list[Alert]:
        self._events += 1
        counted, judging, _ = self._plans.plan(observation)
        touched = touched_bits(counted, observation) & self._watching
        judged = touched & judging
        alerts = self._judged(judged, observation) if judged else []
        if observation.event is EventKind.MARKET:
            if self._followers.bits:
                alerts += self._followers.judged(observation, touched)
        elif touched & self._followers.bits:
            self._followers.watch(observation, touched)
        return alerts

    def _turn(self, observation: Observation) -> bool:
        """Time goes back or the hour changes, perhaps the day; whether the event still counts."""
        at_ns = observation.time_ns
        if at_ns // _HOUR_NS != self._hour:
            day = self._moments.sessions.trading_day(at_ns)
            if day != self._day:
                if observation.is_late and self._day is not None and day < self._day:
                    return False
                self._newest_ns = at_ns
                self._start_day(day)
            self._hour = at_ns // _HOUR_NS
        self._newest_ns = newest_ns = max(at_ns, self._newest_ns)
        if newest_ns >= self._until_ns:
            settled_ns = newest_ns if self.settled_ns is None else self.settled_ns
            self._sweep.go_on(min(settled_ns, newest_ns))
        hour_ends_ns = (self._hour + 1) * _HOUR_NS
        self._until_ns = min(hour_ends_ns, newest_ns + SWEEP_NS)
        return True

    def _start_day(self, day: date) -> None:
        self._day = day
        sessions = self._moments.sessions

        def before(count: int) -> int:
            return sessions.trading_days_before(day, count).toordinal()

        today = Today(day.toordinal(), before, self._let_go)
        for indicator in self._indicators:
            indicator.window.start_day(today)
        for rule in self._rules:
            rule.start_day(today, day.isoformat())
        self._set_floors()

    def _set_floors(self) -> None:
        """How much has to be counted before anybody has to look at it."""
        for indicator in self._indicators:
            if isinstance(indicator.window, CountWindow):
                rules = [self._rules[number] for number in _numbers(indicator.rules)]
                indicator.floor = min(rule.floor(indicator) for rule in rules)
                indicator.episodes = [rule.episodes for rule in rules]
        self._counters = {kind: self._counter(kind) for kind in EventKind}

    def _counter(self, kind: EventKind) -> Counter | None:
        """Where there is nothing but one count of one rule, that is all there is to do."""
        indicator = self._plans.only(kind)
        is_alone = len(self._rules) == 1 and self._watching == 1
        if indicator is None or not is_alone or self._rules[0].spec.sessions:
            return None
        if indicator.spec.key != self._rules[0].spec.key:
            return None
        return indicator.counter()

    def _set(self, bits: int) -> tuple[tuple[int, Rule], ...]:
        found = self._sets.get(bits)
        if found is None:
            if len(self._sets) >= SETS_MAX:
                self._sets.clear()
            found = tuple(each for each in self._ranked if bits >> each[0] & 1)
            self._sets[bits] = found
        return found

    def _trial(self, plan: Plan) -> Trial:
        counting = [each for _, _, indicators in plan.asked for each in indicators]
        rules = [rule for _, rule in self._set(_bits(counting) & plan.judging)]
        if len(self._trials) >= SETS_MAX:
            self._trials.clear()
        # The armings of steps are the rules' own.
        trial = Trial(rules, [each for each in counting if each not in self._steps])
        self._trials[plan.asked] = trial
        return trial

    def _is_ahead(self, day: date) -> bool:
        return self._day is None or day > self._day

    def _on(self, day: date) -> "Engine":
        """An engine on a day that no event has begun yet, with what goes on over the night."""
        if self._next is None or self._next[:2] != (day, self._events):
            engine = Engine(self._specs, self._moments.sessions)
            state = self.state()
            windows: dict[IndicatorSpec, Window] = {
                spec: deepcopy(window)
                for spec, window in state.windows.items()
                if isinstance(window, DaysWindow)
            }
            rules = {
                spec: RuleState({}, deepcopy(each.armings), {})
                for spec, each in state.rules.items()
            }
            engine.take_over(EngineState(self._day, windows, rules))
            engine._start_day(day)
            self._next = (day, self._events, engine)
        return self._next[2]


def _numbers(bits: int) -> list[int]:
    return [number for number in range(bits.bit_length()) if bits >> number & 1]


def _bits(indicators: Iterable[Indicator]) -> int:
    bits = 0
    for indicator in indicators:
        bits |= indicator.rules
    return bits


def _ranked(rules: Sequence[Rule]) -> list[tuple[int, Rule]]:
    """Those that hold others back before these, else as given; circles are cut anywhere."""
    numbers = {each.spec.code: number for number, each in enumerate(rules)}
    for rule in rules:
        for code in rule.spec.inhibits:
            if code in numbers:
                rules[numbers[code]].inhibitors.append(rule)
    ranked: dict[int, Rule] = {}
    waiting = [(number, False) for number in reversed(range(len(rules)))]
    entered: set[int] = set()
    while waiting:
        number, is_ready = waiting.pop()
        if is_ready:
            ranked.setdefault(number, rules[number])
        elif number not in entered:
            entered.add(number)
            waiting.append((number, True))
            inhibitors = rules[number].inhibitors
            waiting += [(numbers[each.spec.code], False) for each in reversed(inhibitors)]
    return list(ranked.items())


def _is_swept(spec: IndicatorSpec) -> bool:
    return spec.window is WindowKind.SLIDING


def _judgement(spec: RuleSpec) -> RuleSpec:
    """What a rule judges by: names, advice and notes may change and no key falls off its ladder."""
    texts = dict.fromkeys(_TEXTS, "")
    return replace(spec, version=0, **texts)
