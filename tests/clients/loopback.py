"""Listens to the loopback of a namespace while scenarios run there; needs root."""

import socket
import threading
import time

from capture.io.live_interface import LiveInterface
from tests.clients.place import HOST, PORT
from tests.fakes import Packet

# Nobody listens there: a refused connection marks the end of what came before it.
MARK_PORT = 9
HEARD_SECONDS_MAX = 20
_LOOK_SECONDS = 0.1


class Loopback:
    """Packets of the loopback, as our own listening gives them."""

    def __init__(self) -> None:
        self._interface = LiveInterface("lo", f"tcp port {PORT} or tcp port {MARK_PORT}")
        self._heard: list[Packet] = []
        self._mark = threading.Event()
        self._is_closed = False
        self._thread = threading.Thread(target=self._listen)

    def __enter__(self) -> "Loopback":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_closed = True
        self._thread.join()
        self._interface.close()

    def take(self) -> list[Packet]:
        """All that was sent since the last time."""
        self._mark.clear()
        with socket.socket() as marking:
            assert marking.connect_ex((HOST, MARK_PORT))
        assert self._mark.wait(HEARD_SECONDS_MAX), "the listener hears nothing"
        assert not self._interface.count_drops()
        taken, self._heard = self._heard, []
        return taken

    def _listen(self) -> None:
        while not self._is_closed:
            for packet in self._interface.packets(time.monotonic() + _LOOK_SECONDS):
                if _is_mark(packet[2]):
                    self._mark.set()
                else:
                    self._heard.append(packet)


def _is_mark(frame: bytes) -> bool:
    """A SYN to the marking port, in IPv4 without options."""
    return frame[36:38] == MARK_PORT.to_bytes(2, "big")
