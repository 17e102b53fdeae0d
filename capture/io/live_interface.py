"""Packets of a network interface, by scapy. It listens; there is no way to send from here."""

import logging
import select
import socket
import struct
import time
from collections.abc import Iterator
from typing import Any

from capture.wire.packet import ETHERNET
from capture.wire.pcap_run import Packet
from riskgw.kernel.times import NS_PER_SECOND

RECEIVE_BUFFER_BYTES = 64 << 20
# What offloading joins may be as long as IP allows, and has a frame around it.
PACKET_BYTES_MAX = (1 << 16) + 256
# From linux/if_packet.h and asm-generic/socket.h.
_SOL_PACKET, _PACKET_STATISTICS, _SO_RCVBUFFORCE = 263, 6, 33
_STATISTICS = struct.Struct("II")

_log = logging.getLogger(__name__)


class CannotListen(OSError):
    """No such interface, or no right to listen; says what to do."""


class LiveInterface:
    """A mirror port. `dropped` counts packets that the kernel had no room for."""

    def __init__(self, interface: str, bpf: str) -> None:
        self.dropped = 0
        self._socket = _listening(interface, bpf)
        self._raw: socket.socket = self._socket.ins
        self._raw.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, RECEIVE_BUFFER_BYTES)

    def packets(self, until: float) -> Iterator[Packet]:
        """What comes until a moment of `time.monotonic`."""
        while (left := until - time.monotonic()) > 0:
            if not select.select([self._raw], [], [], left)[0]:
                return
            _, data, seconds = self._socket.recv_raw(PACKET_BYTES_MAX)
            if data is not None:
                at_ns = round(seconds * NS_PER_SECOND) if seconds else time.time_ns()
                yield at_ns, ETHERNET, data, len(data)

    def count_drops(self) -> int:
        """How many more were dropped since the last look; the kernel counts from there."""
        found = self._raw.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, _STATISTICS.size)
        drops: int = _STATISTICS.unpack(found)[1]
        self.dropped += drops
        return drops

    def close(self) -> None:
        self._socket.close()


def _listening(interface: str, bpf: str) -> Any:
    from scapy.all import conf  # noqa: PLC0415  # a second; replays do not wait for it
    from scapy.error import Scapy_Exception  # noqa: PLC0415  # as above

    try:
        return conf.L2listen(iface=interface, filter=bpf)
    except PermissionError:
        text = f"{interface}: listening needs the capability CAP_NET_RAW (root, or setcap)"
        raise CannotListen(text) from None
    except ValueError:
        raise CannotListen(f"there is no interface {interface}") from None
    except Scapy_Exception as error:
        # Without libpcap the kernel cannot filter; the feed's own filter does it after the copy.
        _log.warning("%s: packets are not filtered by the kernel: %s", interface, error)
    except OSError as error:
        raise CannotListen(f"{interface}: {error.strerror}") from None
    return conf.L2listen(iface=interface)
