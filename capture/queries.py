"""Reads: what capture files hold, and what the settings say of feeds."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge
from itertools import chain
from operator import itemgetter
from pathlib import Path

from django.conf import settings

from capture.io.pcap_files import CaptureFile, in_runs
from capture.wire.feed_settings import FeedSettings
from capture.wire.pcap_run import Packet
from capture.wire.tap import Batch, Tap


def feed_settings() -> FeedSettings:
    return FeedSettings(
        settings.RISKGW_ORDER_PROCS,
        settings.RISKGW_ORDER_TABLES,
        settings.RISKGW_TCP_OVERLAP == "last",
    )


def open_captures(paths: Sequence[Path]) -> list[CaptureFile]:
    """All files, or NotACapture for the first that is none."""
    return [CaptureFile(path) for path in paths]


def batches(files: Sequence[CaptureFile], tap: Tap) -> Iterator[Batch]:
    """Everything a tap hears in the files, whose packets it takes in the order of capture."""
    return chain(tap.heard(_runs(files)), _closed(tap))


def _runs(files: Sequence[CaptureFile]) -> Iterator[Iterable[Packet]]:
    return files[0].runs() if len(files) == 1 else in_runs(merge(*files, key=itemgetter(0)))


def _closed(tap: Tap) -> Iterator[Batch]:
    """Told once all else was heard."""
    yield from tap.close()
