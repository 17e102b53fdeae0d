"""The dpkt script with our way to add up bytes: what remains is packets, streams and framing."""

from pathlib import Path

from capture.wire.binary_framer import checksum
from tests.benchmarks import szse_dpkt
from tests.benchmarks.decoders import Counts


def decode(path: Path) -> Counts:
    return szse_dpkt.decode(path, checksum)
