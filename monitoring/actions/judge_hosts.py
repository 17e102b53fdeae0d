"""Judge figures of hosts by their thresholds; what is news becomes alerts."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from monitoring.actions.raise_system_alerts import Crossing, end_evidence, raise_system_alerts
from monitoring.domain.host_metrics import Metric
from monitoring.domain.host_sample import Heavy, Sample, place_of
from monitoring.domain.host_watch import LimitBook, judged, silent_ms
from monitoring.domain.ladder import AT_EASE, Standing
from monitoring.host_queries import Figure, limit_book, standings
from monitoring.models import Host, HostStanding
from riskgw.kernel.times import instant_ns


@dataclass
class Course:
    """One run over new samples: the standings as they become, and what has risen or ended."""

    book: LimitBook
    standings: dict[Figure, Standing]
    changed: set[Figure] = field(default_factory=set)
    risen: list[Crossing] = field(default_factory=list)
    ended: list[tuple[Figure, int]] = field(default_factory=list)

    def take(self, host: str, sample: Sample) -> None:
        for name, value in sample.values.items():
            if value is not None:
                self._take(Figure(host, place_of(name)), value, sample.at_ns, sample.heaviest)

    def _take(self, figure: Figure, value: float, at_ns: int, heaviest: tuple[Heavy, ...]) -> None:
        limits = self.book.limits(figure.host, figure.place)
        if limits is None:
            return
        before = self.standings.get(figure, AT_EASE)
        found = judged(limits, before, value, at_ns)
        after = found.standing
        if figure in self.standings or not after.is_at_ease:
            self.standings[figure] = after
            if not (before.is_at_ease and after.is_at_ease):
                self.changed.add(figure)
        if found.risen is not None:
            episode = after.episode
            self.risen.append(
                Crossing(figure, limits, found.risen, value, at_ns, episode, heaviest)
            )
        if found.has_ended:
            self.ended.append((figure, at_ns))

    def release(self, now_ns: int) -> None:
        """What no threshold is for any more stands beyond none."""
        for figure, before in self.standings.items():
            if before.is_at_ease or self.book.limits(figure.host, figure.place) is not None:
                continue
            self.standings[figure] = Standing(at_ns=before.at_ns, episode=before.episode)
            self.changed.add(figure)
            if before.height:
                self.ended.append((figure, now_ns))


def judge_hosts(heard: Mapping[str, Iterable[Sample]], now_ns: int) -> dict[Figure, Standing]:
    """New samples in the order of their times, and who has been silent; all standings after it."""
    hosts = {host.name: host for host in Host.objects.filter(is_active=True)}
    course = Course(limit_book(), standings())
    for name, sample in _in_order(heard):
        if name in hosts:
            course.take(name, sample)
    for host in hosts.values():
        if host.heard_at is not None:
            course.take(host.name, silence(host, now_ns))
    course.release(now_ns)
    _keep(course, hosts)
    raise_system_alerts(course.risen, hosts)
    end_evidence(course.ended)
    return {
        figure: standing for figure, standing in course.standings.items() if figure.host in hosts
    }


def silence(host: Host, now_ns: int) -> Sample:
    """How long nothing has been heard of a host, as a sample of its own."""
    assert host.heard_at is not None
    silence_ms = silent_ms(instant_ns(host.heard_at), now_ns)
    return Sample(now_ns, {Metric.SILENCE: float(silence_ms)}, ())


def _in_order(heard: Mapping[str, Iterable[Sample]]) -> Iterator[tuple[str, Sample]]:
    found = [(sample.at_ns, name, sample) for name, samples in heard.items() for sample in samples]
    found.sort(key=lambda each: each[:2])
    return ((name, sample) for _, name, sample in found)


def _keep(course: Course, hosts: Mapping[str, Host]) -> None:
    rows = [
        HostStanding(
            host=hosts[figure.host],
            metric=figure.place.metric,
            subject=figure.place.subject,
            height=standing.height,
            since_ns=list(standing.since_ns),
            at_ns=standing.at_ns,
            episode=standing.episode,
        )
        for figure, standing in course.standings.items()
        if figure in course.changed
    ]
    HostStanding.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["host", "metric", "subject"],
        update_fields=["height", "since_ns", "at_ns", "episode"],
    )
