"""Reads: what capture files hold."""

from collections.abc import Iterator, Sequence
from heapq import merge
from pathlib import Path

from capture.io.pcap_files import CaptureFile, Packet
from capture.wire.tap import Batch, Tap


def open_captures(paths: Sequence[Path]) -> list[CaptureFile]:
    """All files, or NotACapture for the first that is none."""
    return [CaptureFile(path) for path in paths]


def packets(files: Sequence[CaptureFile]) -> Iterator[Packet]:
    """The packets of several files in the order of capture."""
    if len(files) == 1:
        return iter(files[0])
    return merge(*files, key=lambda packet: packet[0])


def batches(files: Sequence[CaptureFile], tap: Tap) -> Iterator[Batch]:
    """Everything a tap hears in the files."""
    for packet in packets(files):
        yield from tap.packet(*packet)
    yield from tap.close()
