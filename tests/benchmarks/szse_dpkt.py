"""SZSE Binary as a careful script on top of dpkt decodes it.

It puts segments back in order and drops repeated ones; it does not cope with lost segments,
partly repeated ones, or a capture that begins in the middle of a connection, as our listener does.
"""

import struct
from collections.abc import Callable
from pathlib import Path

import dpkt

from capture.wire.szse.layouts import LAYOUTS
from tests.benchmarks.decoders import Counts

_MODULUS, _HALF = 1 << 32, 1 << 31
_HEADER, _CHECKSUM = struct.Struct(">II"), struct.Struct(">I")
_OVERHEAD = _HEADER.size + _CHECKSUM.size
_FORMS = {kind: layout.struct for kind, layout in LAYOUTS.items()}
_Key = tuple[bytes, int, bytes, int]


class Stream:
    """One direction of a connection."""

    __slots__ = ("early", "next_seq", "pending")

    def __init__(self, seq: int) -> None:
        self.next_seq = seq
        self.pending = bytearray()
        self.early: dict[int, bytes] = {}

    def receive(self, seq: int, data: bytes) -> bool:
        """Whether there is something new to read in `pending`."""
        if seq != self.next_seq:
            if 0 < (seq - self.next_seq) % _MODULUS < _HALF:
                self.early[seq] = data
            return False
        self._append(data)
        while self.early and self.next_seq in self.early:
            self._append(self.early.pop(self.next_seq))
        return True

    def _append(self, data: bytes) -> None:
        self.pending += data
        self.next_seq = (self.next_seq + len(data)) % _MODULUS


def plain_checksum(data: bytes) -> int:
    """As the specification words it: the sum of all bytes modulo 256."""
    return sum(data) & 0xFF


def decode(path: Path, checksum: Callable[[bytes], int] = plain_checksum) -> Counts:
    streams: dict[_Key, Stream] = {}
    messages = problems = 0
    with path.open("rb") as file:
        for _, frame in dpkt.pcap.Reader(file):
            ip = dpkt.ethernet.Ethernet(frame).data
            if not isinstance(ip, dpkt.ip.IP) or not isinstance(ip.data, dpkt.tcp.TCP):
                continue
            tcp = ip.data
            key = (ip.src, tcp.sport, ip.dst, tcp.dport)
            if tcp.flags & dpkt.tcp.TH_SYN:
                streams[key] = Stream((tcp.seq + 1) % _MODULUS)
            elif tcp.data and streams[key].receive(tcp.seq, tcp.data):
                read, wrong = unpacked(streams[key].pending, checksum)
                messages += read
                problems += wrong
    return Counts(messages, problems)


def unpacked(pending: bytearray, checksum: Callable[[bytes], int]) -> tuple[int, int]:
    """Unpack all whole messages and take them away: how many, and how many were not sound."""
    at = messages = wrong = 0
    data = bytes(pending)
    end = len(data)
    while end - at >= _OVERHEAD:
        kind, size = _HEADER.unpack_from(data, at)
        stop = at + _OVERHEAD + size
        if stop > end:
            break
        wrong += _CHECKSUM.unpack_from(data, stop - 4)[0] != checksum(data[at : stop - 4])
        form = _FORMS.get(kind)
        if form is None:
            wrong += 1
        else:
            form.unpack_from(data, at + _HEADER.size)
        messages += 1
        at = stop
    del pending[:at]
    return messages, wrong
