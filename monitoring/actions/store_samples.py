"""Store what agents reported: the newest of each host, all samples, in one commit with the place.

What is stored already stays as it is.
"""

from collections.abc import Mapping, Sequence

import msgspec

from monitoring.actions.take_samples import Received
from monitoring.domain.host_sample import Sample
from monitoring.domain.host_series import RAW
from monitoring.host_queries import layout_of
from monitoring.models import Host, HostSample
from riskgw.kernel.times import utc_datetime
from riskgw.rows import at_once, changes, insert_missing

HOSTS_MAX = 2_000
# A clock so far ahead would hide what comes after.
AHEAD_NS_MAX = 3600 * 10**9

_SAMPLE = ("host", "step", "at_ns", "layout", "means", "highs")
_NEWEST = ("id", "facts", "newest", "heaviest", "at_ns", "heard_at")

# The samples of each host, oldest first.
Heard = dict[str, list[Sample]]


def store_samples(received: Sequence[Received]) -> Heard:
    """What is new of each host that is known; a stranger becomes known, up to a maximum."""
    hosts = _hosts({each.report.host for each in received})
    latest = {each.report.host: each for each in received}
    heard: Heard = {}
    for each in received:
        host = hosts.get(each.report.host)
        if host is None:
            continue
        until_ns = each.at_ns + AHEAD_NS_MAX
        fresh = [sample for sample in each.report.samples if sample.at_ns <= until_ns]
        heard.setdefault(host.name, []).extend(fresh)
    for samples in heard.values():
        samples.sort(key=lambda sample: sample.at_ns)
    _insert(hosts, heard)
    _renew(hosts, heard, latest)
    return heard


def _hosts(names: set[str]) -> dict[str, Host]:
    known = {host.name: host for host in Host.objects.filter(name__in=names)}
    free = HOSTS_MAX - Host.objects.count() if names - known.keys() else 0
    for name in sorted(names - known.keys())[: max(free, 0)]:
        known[name] = Host.objects.create(name=name)
    return known


def _insert(hosts: Mapping[str, Host], heard: Heard) -> None:
    layouts: dict[tuple[str, ...], int] = {}
    rows = []
    for name, samples in heard.items():
        for sample in samples:
            names = tuple(sample.values)
            if names not in layouts:
                layouts[names] = layout_of(names).pk
            values = list(sample.values.values())
            rows.append((hosts[name].pk, RAW, sample.at_ns, layouts[names], values, None))
    insert_missing(HostSample, _SAMPLE, rows)


def _renew(hosts: Mapping[str, Host], heard: Heard, latest: Mapping[str, Received]) -> None:
    rows = []
    for name, samples in heard.items():
        host, received = hosts[name], latest[name]
        newest = samples[-1] if samples else None
        if newest is None or newest.at_ns <= host.at_ns:
            continue
        rows.append((
            host.pk, received.report.facts or host.facts, newest.values,
            msgspec.to_builtins(newest.heaviest), newest.at_ns, utc_datetime(received.at_ns),
        ))  # fmt: skip
    at_once(changes(Host, _NEWEST, rows))
