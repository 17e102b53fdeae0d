"""The mirrored port: TCP connections as packets, in a pcap file with nanosecond times."""

import struct
from array import array
from random import Random
from typing import BinaryIO

from riskgw.kernel.times import NS_PER_SECOND
from riskgw.wiring.simulation.clock import Clock

SEGMENT_BYTES_MAX = 1460
SNAPLEN = 262_144
_PCAP_HEADER = struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, SNAPLEN, 1)
_RECORD = struct.Struct("<IIII")
_IPV4 = struct.Struct(">BBHHHBBH4s4s")
_TCP = struct.Struct(">HHIIBBHHH")
_PSEUDO = struct.Struct(">4s4sBBH")
_ACK, _PUSH, _SYN, _FIN = 0x10, 0x08, 0x02, 0x01
_DONT_FRAGMENT = 0x4000
_TTL, _TCP_PROTOCOL, _WINDOW = 64, 6, 65_000
# Where a switch port really shows the odd thing: one packet in so many.
_ONE_REPEATED_IN = 400
_ONE_OVERTAKEN_IN = 700
_REPEATED_AFTER_NS = 210_000
_OVERTAKEN_BY_NS = 60_000
_ACK_AFTER_NS = 45_000
_BETWEEN_PACKETS_NS = 1_000


class Mirror:
    """Writes packets in the order of time; a packet never comes before one already written."""

    def __init__(self, file: BinaryIO, clock: Clock, random: Random) -> None:
        self.clock = clock
        self.random = random
        self._file = file
        self._last_ns = 0
        file.write(_PCAP_HEADER)

    def write(self, packet: bytes) -> int:
        """The time under which the packet was captured."""
        at_ns = max(self.clock.now_ns, self._last_ns + _BETWEEN_PACKETS_NS)
        self._last_ns = at_ns
        seconds, fraction = divmod(at_ns, NS_PER_SECOND)
        self._file.write(_RECORD.pack(seconds, fraction, len(packet), len(packet)) + packet)
        return at_ns


class Endpoint:
    """One end of a connection."""

    def __init__(self, address: str, port: int, mac: int) -> None:
        self.address = bytes(int(part) for part in address.split("."))
        self.port = port
        self.mac = mac.to_bytes(6, "big")
        self.seq = 0


class TcpConnection:
    """A client and a server whose packets the mirror sees.

    `is_tidy` keeps packets in order, for links whose events go by the time of capture.
    """

    def __init__(
        self, mirror: Mirror, client: Endpoint, server: Endpoint, *, is_tidy: bool
    ) -> None:
        self._mirror = mirror
        self.client = client
        self.server = server
        self._is_tidy = is_tidy
        self._packet_number = 0

    def open(self) -> None:
        for end in (self.client, self.server):
            end.seq = self._mirror.random.getrandbits(32)
        self._packet(self.client, self.server, b"", _SYN)
        self.client.seq += 1
        self._packet(self.server, self.client, b"", _SYN | _ACK)
        self.server.seq += 1
        self._packet(self.client, self.server, b"", _ACK)

    def close(self) -> None:
        for sender, receiver in ((self.client, self.server), (self.server, self.client)):
            self._packet(sender, receiver, b"", _FIN | _ACK)
            sender.seq += 1

    def send(self, sender: Endpoint, data: bytes) -> int:
        """The capture time of the last packet that carries the data."""
        receiver = self.server if sender is self.client else self.client
        at_ns = 0
        for start in range(0, len(data), SEGMENT_BYTES_MAX):
            segment = data[start : start + SEGMENT_BYTES_MAX]
            at_ns = self._packet(sender, receiver, segment, _PUSH | _ACK)
            sender.seq = (sender.seq + len(segment)) % (1 << 32)
        if self._mirror.random.randrange(4) == 0:
            self._mirror.clock.after(_ACK_AFTER_NS, lambda: self._acknowledge(receiver, sender))
        return at_ns

    def _acknowledge(self, sender: Endpoint, receiver: Endpoint) -> None:
        self._packet(sender, receiver, b"", _ACK)

    def _packet(self, sender: Endpoint, receiver: Endpoint, data: bytes, flags: int) -> int:
        packet = self._framed(sender, receiver, data, flags)
        mirror = self._mirror
        chance = mirror.random.random()
        if data and chance * _ONE_REPEATED_IN < 1:
            mirror.clock.after(_REPEATED_AFTER_NS, lambda: _discard(mirror.write(packet)))
        elif data and not self._is_tidy and (1 - chance) * _ONE_OVERTAKEN_IN < 1:
            mirror.clock.after(_OVERTAKEN_BY_NS, lambda: _discard(mirror.write(packet)))
            return mirror.clock.now_ns
        return mirror.write(packet)

    def _framed(self, sender: Endpoint, receiver: Endpoint, data: bytes, flags: int) -> bytes:
        self._packet_number = (self._packet_number + 1) & 0xFFFF
        size = 20 + len(data)
        ip = _IPV4.pack(
            0x45, 0, 20 + size, self._packet_number, _DONT_FRAGMENT, _TTL, _TCP_PROTOCOL, 0,
            sender.address, receiver.address,
        )  # fmt: skip
        ip = ip[:10] + _checksum(ip) + ip[12:]
        ack = receiver.seq if flags & _ACK else 0
        tcp = _TCP.pack(sender.port, receiver.port, sender.seq, ack, 0x50, flags, _WINDOW, 0, 0)
        pseudo = _PSEUDO.pack(sender.address, receiver.address, 0, _TCP_PROTOCOL, size)
        tcp = tcp[:16] + _checksum(pseudo + tcp + data) + tcp[18:]
        return receiver.mac + sender.mac + b"\x08\x00" + ip + tcp + data


def _discard(at_ns: int) -> None:
    """A repeated packet says nothing new."""


def _checksum(data: bytes) -> bytes:
    """The Internet checksum (RFC 1071), as bytes."""
    words = array("H", data if len(data) % 2 == 0 else data + b"\0")
    total = sum(words)
    total = (total >> 16) + (total & 0xFFFF)
    total += total >> 16
    return array("H", [~total & 0xFFFF]).tobytes()
