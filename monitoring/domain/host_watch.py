"""When a figure of a host is an alert: the most specific threshold, for long enough, once.

A threshold has a value for warn and one for limit. A level counts once it has been reached in all
samples for `for_ns`; the episode ends when a value is back beyond `clear`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from monitoring.domain.host_metrics import METRICS, Metric
from monitoring.domain.host_sample import Place
from riskgw.cep.spec import Cmp
from riskgw.kernel.words import Level

# The ladder of a figure of a host; nobody is restricted by one.
LEVELS = (Level.WARN, Level.LIMIT)
# Between samples so far apart nobody knows what was.
GAP_NS_MAX = 120 * 10**9


@dataclass(frozen=True)
class Limits:
    """One threshold row; without host or subject it is for all of them."""

    id: int
    metric: str
    host: str = ""
    subject: str = ""
    warn: Decimal | None = None
    limit: Decimal | None = None
    clear: Decimal | None = None
    for_ns: int = 0

    @property
    def rungs(self) -> tuple[Decimal | None, Decimal | None]:
        return self.warn, self.limit


@dataclass(frozen=True)
class Standing:
    """How far up its ladder a figure stands; `since_ns` by level, from when on it was reached.

    `at_ns` is the sample that was judged last.
    """

    height: int = 0
    since_ns: tuple[int | None, ...] = (None, None)
    at_ns: int = 0
    episode: int = 0


AT_EASE = Standing()


@dataclass(frozen=True)
class Judged:
    """The new standing, and the level that has been reached by it, if it is news."""

    standing: Standing
    risen: Level | None = None
    has_ended: bool = False


@dataclass
class LimitBook:
    """Thresholds by what they are for; the more specific wins, a host before a subject."""

    rows: dict[tuple[str, str, str], Limits] = field(default_factory=dict)

    @classmethod
    def of(cls, limits: Iterable[Limits]) -> "LimitBook":
        return cls({(each.metric, each.host, each.subject): each for each in limits})

    def limits(self, host: str, place: Place) -> Limits | None:
        for scope in ((host, place.subject), (host, ""), ("", place.subject), ("", "")):
            found = self.rows.get((place.metric, *scope))
            if found is not None:
                return found
        return None

    def subjects(self, host: str, metrics: Sequence[Metric]) -> list[str]:
        """What rows name: the processes that the agent of a host is to watch."""
        found = {
            subject
            for metric, of_host, subject in self.rows
            if metric in metrics and subject and of_host in ("", host)
        }
        return sorted(found)


def judged(limits: Limits, standing: Standing, value: float, at_ns: int) -> Judged:
    """One more sample; an older one than was judged before says nothing."""
    if at_ns <= standing.at_ns:
        return Judged(standing)
    facts = METRICS[Metric(limits.metric)]
    number = abs(value) if facts.is_magnitude else value
    is_gap = standing.at_ns > 0 and at_ns - standing.at_ns > GAP_NS_MAX
    before = (None, None) if is_gap else standing.since_ns
    since = tuple(
        (began or at_ns) if rung is not None and _reaches(number, facts.cmp, rung) else None
        for rung, began in zip(limits.rungs, before, strict=True)
    )
    height = _height(since, at_ns, limits.for_ns)
    if height > standing.height:
        episode = standing.episode + (standing.height == 0)
        return Judged(Standing(height, since, at_ns, episode), LEVELS[height - 1])
    if standing.height and _is_clear(number, facts.cmp, limits):
        return Judged(Standing(0, since, at_ns, standing.episode), has_ended=True)
    return Judged(Standing(standing.height, since, at_ns, standing.episode))


def is_at_ease(standing: Standing) -> bool:
    """Nothing to remember of it but its number of episodes."""
    return standing.height == 0 and not any(standing.since_ns)


def state_of(heights: Iterable[int]) -> str:
    """Of a host, by the highest that any of its figures stands at."""
    return ("ok", "warn", "limit")[max(heights, default=0)]


def worst(values: Mapping[str, float | None], metric: Metric) -> float | None:
    """The highest of a metric's values, whatever they are of."""
    found = [
        value
        for name, value in values.items()
        if value is not None and name.partition(" ")[0] == metric
    ]
    return max(found, default=None)


def _height(since: Sequence[int | None], at_ns: int, for_ns: int) -> int:
    held = [began is not None and at_ns - began >= for_ns for began in since]
    return max((place + 1 for place, holds in enumerate(held) if holds), default=0)


def _reaches(value: float, cmp: Cmp, rung: Decimal) -> bool:
    return value < rung if cmp is Cmp.LT else value >= rung


def _is_clear(value: float, cmp: Cmp, limits: Limits) -> bool:
    known = [rung for rung in limits.rungs if rung is not None]
    if not known:
        return True
    if cmp is Cmp.LT:
        return value >= (max(known) if limits.clear is None else limits.clear)
    return value < (min(known) if limits.clear is None else limits.clear)
