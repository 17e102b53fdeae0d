"""Samples thinned to minutes and hours, and what is older than is kept deleted.

What came since the last run says which minutes are to be made anew, also of samples that came late.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db import transaction

from monitoring.domain.host_series import HOUR, MINUTE, NS, RAW, bucket_ns, thinned
from monitoring.models import HostSample, UnloadPosition

# Which rows have been thinned is kept like the place in a stream.
POSITION = "samples.thinned"
# Of one run: what is beyond waits for the next.
ROWS_MAX, DELETED_MAX = 50_000, 20_000
_BATCH = 500


class Kept(NamedTuple):
    """How long samples are kept, by how fine they are."""

    raw_hours: int = 24
    minute_days: int = 31
    hour_days: int = 400

    @property
    def seconds(self) -> Mapping[int, int]:
        day = 24 * 3600
        return {
            RAW: self.raw_hours * 3600,
            MINUTE: self.minute_days * day,
            HOUR: self.hour_days * day,
        }


class _Bucket(NamedTuple):
    host: int
    at_ns: int


def thin_samples(now_ns: int, kept: Kept) -> int:
    """How many rows of minutes and hours were made anew."""
    row, _ = UnloadPosition.objects.get_or_create(stream=POSITION, defaults={"last_id": "0"})
    after = int(row.last_id)
    fresh = HostSample.objects.filter(pk__gt=after, step=RAW).order_by("pk")[:ROWS_MAX]
    touched = list(fresh.values_list("pk", "host_id", "at_ns"))
    minutes = {_Bucket(host, bucket_ns(at_ns, MINUTE)) for _, host, at_ns in touched}
    hours = {_Bucket(each.host, bucket_ns(each.at_ns, HOUR)) for each in minutes}
    made = _renew(sorted(minutes), RAW, MINUTE) + _renew(sorted(hours), MINUTE, HOUR)
    if touched:
        row.last_id = str(touched[-1][0])
        row.save(update_fields=["last_id"])
    _forget(now_ns, kept)
    return made


def _renew(buckets: Sequence[_Bucket], finer: int, step: int) -> int:
    for start in range(0, len(buckets), _BATCH):
        with transaction.atomic():
            rows = [_made(each, finer, step) for each in buckets[start : start + _BATCH]]
            HostSample.objects.bulk_create(
                [row for row in rows if row is not None],
                update_conflicts=True,
                unique_fields=["host", "step", "at_ns"],
                update_fields=["layout", "means", "highs"],
            )
    return len(buckets)


def _made(bucket: _Bucket, finer: int, step: int) -> HostSample | None:
    """One row of what is known of a bucket, with the names of its newest row."""
    found = HostSample.objects.filter(
        host=bucket.host, step=finer, at_ns__gte=bucket.at_ns, at_ns__lt=bucket.at_ns + step * NS
    )
    rows = list(found.select_related("layout").order_by("at_ns"))
    if not rows:
        return None
    layout = rows[-1].layout
    means, _ = thinned([_ordered(row, row.means, layout.names) for row in rows])
    _, highs = thinned([_ordered(row, row.highs or row.means, layout.names) for row in rows])
    return HostSample(
        host_id=bucket.host, step=step, at_ns=bucket.at_ns, layout=layout, means=means, highs=highs
    )


def _ordered(
    row: HostSample, values: list[float | None], names: Sequence[str]
) -> list[float | None]:
    if row.layout.names == names:
        return values
    known = dict(zip(row.layout.names, values, strict=True))
    return [known.get(name) for name in names]


def _forget(now_ns: int, kept: Kept) -> None:
    for step, seconds in kept.seconds.items():
        old = HostSample.objects.filter(step=step, at_ns__lt=now_ns - seconds * NS)
        HostSample.objects.filter(pk__in=old.order_by("at_ns").values("pk")[:DELETED_MAX]).delete()
