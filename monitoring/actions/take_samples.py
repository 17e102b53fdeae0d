"""Take what an agent reports: into a stream, from which one writer stores and judges."""

import time

import msgspec

from monitoring.domain.host_sample import Report
from riskgw.bus.connection import Client

STREAM = "hosts"
FIELD = b"report"
# Reports that wait for a writer that is away; older ones are given up.
WAITING_MAX = 20_000


class Received(msgspec.Struct, frozen=True):
    """A report, and when it came by our clock."""

    report: Report
    at_ns: int


def take_samples(client: Client, report: Report) -> None:
    received = Received(report, time.time_ns())
    client.xadd(
        STREAM, {FIELD: msgspec.msgpack.encode(received)}, maxlen=WAITING_MAX, approximate=True
    )
