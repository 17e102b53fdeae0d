"""Reader of pcap and pcapng files: streams records, holds one chunk in memory.

Layouts: libpcap's pcap-savefile(5) and the IETF opsawg draft "PCAP Now Generic (pcapng)".
"""

import gzip
import struct
import zlib
from collections.abc import Iterable, Iterator
from io import BufferedIOBase
from itertools import islice
from pathlib import Path

from capture.wire.pcap_run import RECORD_BYTES_MAX, RECORD_HEADER_BYTES, Packet, PcapRun
from riskgw.kernel.times import NS_PER_SECOND

CHUNK_BYTES = 1 << 16  # from larger ones the allocator gives pages back each time
BLOCK_BYTES_MAX = 1 << 24
INTERFACES_MAX = 4096
AT_NS_MAX = (1 << 63) - 1  # in the year 2262
# What is read from pcapng before somebody sees it.
RUN_PACKETS_MAX = 256

_PCAP_MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
_PCAPNG_MAGIC = b"\x0a\x0d\x0d\x0a"
_BYTE_ORDERS = {b"\x4d\x3c\x2b\x1a": "<", b"\x1a\x2b\x3c\x4d": ">"}
_GZIP_MAGIC = b"\x1f\x8b"
_INTERFACE, _OLD_PACKET, _SIMPLE_PACKET, _ENHANCED_PACKET = 1, 2, 3, 6
# What stands before the packet's bytes: the older block counts drops beside the interface.
_PACKET_HEADERS = {_OLD_PACKET: "HxxIIII", _ENHANCED_PACKET: "IIIII"}
_OPTION_TSRESOL, _OPTION_TSOFFSET = 9, 14


class NotACapture(ValueError):
    """The file is empty, unreadable, or no pcap or pcapng."""


class CaptureFile:
    """One capture file, iterated once. `damage` says where reading had to stop, if it had to."""

    def __init__(self, path: Path) -> None:
        self._file = _opened(path)
        self._buffer = b""
        self._at = 0
        self.bytes_read = 0
        self.damage: str | None = None
        # Of the packets there were.
        self.links: set[int] = set()
        try:
            self._runs = self._recognised(path)
        except NotACapture:
            self._file.close()
            raise

    def __iter__(self) -> Iterator[Packet]:
        for run in self.runs():
            yield from run

    def runs(self) -> Iterator[Iterable[Packet]]:
        """The packets, as many at a time as are at hand; each run is to be iterated to its end."""
        with self._file:
            yield from self._runs

    def _recognised(self, path: Path) -> Iterator[Iterable[Packet]]:
        magic = self._peek(4)
        if not magic:
            raise NotACapture(f"{path}: {self.damage or 'the file is empty'}")
        if magic in _PCAP_MAGICS and len(self._peek(24)) == 24:
            return self._pcap(*_PCAP_MAGICS[magic])
        if magic == _PCAPNG_MAGIC and self._peek(12)[8:] in _BYTE_ORDERS:
            return in_runs(self._pcapng())
        if magic in _PCAP_MAGICS or magic == _PCAPNG_MAGIC:
            raise NotACapture(f"{path}: the file's header is cut off or damaged")
        raise NotACapture(f"{path}: neither pcap nor pcapng (begins with {magic.hex()})")

    def _refill(self, size: int) -> None:
        parts = [self._buffer[self._at :]]
        held = len(parts[0])
        while held < size:
            try:
                # One read at a time: what a damaged gzip stream gave before its damage is kept.
                chunk = self._file.read1(max(CHUNK_BYTES, size - held))
            except (OSError, EOFError, zlib.error) as error:
                self.damage = f"unreadable after {self.bytes_read} bytes: {error}"
                break
            if not chunk:
                break
            parts.append(chunk)
            held += len(chunk)
            self.bytes_read += len(chunk)
        self._buffer = b"".join(parts)
        self._at = 0

    def _peek(self, size: int) -> bytes:
        if len(self._buffer) - self._at < size:
            self._refill(size)
        return self._buffer[self._at : self._at + size]

    def _whole(self, size: int, what: str) -> bool:
        """Whether `size` bytes are there; a file that ends inside `what` is damaged."""
        if len(self._buffer) - self._at >= size:
            return True
        self._refill(size)
        held = len(self._buffer)
        if held >= size:
            return True
        if held and self.damage is None:
            self.damage = f"the file ends inside {what}: {held} of {size} bytes"
        return False

    def _pcap(self, order: str, ns_per_unit: int) -> Iterator[PcapRun]:
        header = self._peek(24)
        link = struct.unpack_from(order + "I", header, 20)[0] & 0x0FFFFFFF
        captured_bytes = struct.Struct(order + "8xI").unpack_from
        self._at = 24
        while self._whole(RECORD_HEADER_BYTES, "a record header"):
            run = PcapRun(self._buffer, self._at, link)
            run.is_little, run.ns_per_unit = order == "<", ns_per_unit
            self.links.add(link)
            yield run
            self._at = run.at
            if len(self._buffer) - self._at < RECORD_HEADER_BYTES:
                continue
            (captured,) = captured_bytes(self._buffer, self._at)
            if captured > RECORD_BYTES_MAX:
                self.damage = f"a record claims {captured} captured bytes"
                return
            if not self._whole(RECORD_HEADER_BYTES + captured, "a record"):
                return

    def _pcapng(self) -> Iterator[Packet]:
        order = "<"
        interfaces: list[_Interface] = []
        while self._whole(12, "a block header"):
            if self._peek(4) == _PCAPNG_MAGIC:
                magic = self._peek(12)[8:]
                if magic not in _BYTE_ORDERS:
                    self.damage = f"a section has byte-order magic {magic.hex()}"
                    return
                order, interfaces = _BYTE_ORDERS[magic], []
            kind, size = struct.unpack_from(order + "II", self._buffer, self._at)
            if not 12 <= size <= BLOCK_BYTES_MAX or size % 4:
                self.damage = f"a block claims {size} bytes"
                return
            if not self._whole(size, "a block"):
                return
            body = self._buffer[self._at + 8 : self._at + size - 4]
            self._at += size
            if kind == _INTERFACE and len(body) >= 8 and len(interfaces) < INTERFACES_MAX:
                interfaces.append(_Interface(order, body))
            elif packet := _packet(order, kind, body, interfaces):
                self.links.add(packet[1])
                yield packet


class _Interface:
    """An interface description block: link type and the unit of its timestamps."""

    def __init__(self, order: str, body: bytes) -> None:
        self.link, _, self.snaplen = struct.unpack_from(order + "HHI", body)
        self._units_per_second = 1_000_000
        self._offset_seconds = 0
        for code, value in _options(order, body[8:]):
            if code == _OPTION_TSRESOL and len(value) == 1:
                power = value[0] & 0x7F
                self._units_per_second = 1 << power if value[0] & 0x80 else 10**power
            elif code == _OPTION_TSOFFSET and len(value) == 8:
                self._offset_seconds = struct.unpack(order + "q", value)[0]

    def at_ns(self, units: int) -> int:
        """The time of a packet, or 0 for one that no clock shows."""
        elapsed = units * NS_PER_SECOND // self._units_per_second
        at_ns = elapsed + self._offset_seconds * NS_PER_SECOND
        return at_ns if 0 <= at_ns <= AT_NS_MAX else 0


def in_runs(packets: Iterator[Packet]) -> Iterator[list[Packet]]:
    """So many at a time, of packets that come one by one."""
    while run := list(islice(packets, RUN_PACKETS_MAX)):
        yield run


def _opened(path: Path) -> BufferedIOBase:
    try:
        file = path.open("rb")
    except OSError as error:
        raise NotACapture(f"{path}: {error.strerror}") from None
    try:
        start = file.read(2)
        file.seek(0)
    except OSError as error:
        file.close()
        raise NotACapture(f"{path}: {error.strerror or error}") from None
    if start != _GZIP_MAGIC:
        return file
    file.close()
    return gzip.GzipFile(path)


def _options(order: str, data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at + 4 <= len(data):
        code, size = struct.unpack_from(order + "HH", data, at)
        if code == 0:
            return
        yield code, data[at + 4 : at + 4 + size]
        at += 4 + size + -size % 4


def _packet(order: str, kind: int, body: bytes, interfaces: list[_Interface]) -> Packet | None:
    if kind in _PACKET_HEADERS and len(body) >= 20:
        header = struct.unpack_from(order + _PACKET_HEADERS[kind], body)
        number, high, low, captured, length = header
        if number < len(interfaces) and captured <= len(body) - 20:
            interface = interfaces[number]
            at_ns = interface.at_ns(high << 32 | low)
            return at_ns, interface.link, body[20 : 20 + captured], length
    if kind == _SIMPLE_PACKET and len(body) >= 4 and interfaces:
        (length,) = struct.unpack_from(order + "I", body)
        captured = min(length, interfaces[0].snaplen or length, len(body) - 4)
        return 0, interfaces[0].link, body[4 : 4 + captured], length
    return None
