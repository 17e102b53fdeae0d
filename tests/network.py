"""A switch with a mirrored port, made of network namespaces; needs root."""

import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from tests.fakes import Packet

MTU = 65_000
SEND_SECONDS = 0.0002
_SENDER = """
import socket, struct, sys, time
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind(("port", 0))
data = sys.stdin.buffer.read()
at = 0
while at < len(data):
    (size,) = struct.unpack_from(">I", data, at)
    out.send(data[at + 4 : at + 4 + size])
    at += 4 + size
    time.sleep(float(sys.argv[1]))
"""


class MirroredSwitch:
    """Namespace `counter` has the port that sends, `listener` the interface `mirror`."""

    def __init__(self, mark: str) -> None:
        self.counter, self.switch, self.listener = (
            f"{mark}-{name}" for name in ("counter", "switch", "listener")
        )

    def command(self, *words: str) -> list[str]:
        """A command inside the listener's namespace."""
        return ["ip", "netns", "exec", self.listener, *words]

    def send(self, packets: Iterable[Packet], python: str) -> None:
        """Put the frames onto the port, one after the other."""
        frames = b"".join(len(data).to_bytes(4, "big") + data for _, _, data, _ in packets)
        command = ["ip", "netns", "exec", self.counter, python, "-c", _SENDER, str(SEND_SECONDS)]
        subprocess.run(command, input=frames, check=True)

    def sent_by_the_listener(self) -> int:
        """Packets that have left the mirror interface."""
        path = "/sys/class/net/mirror/statistics/tx_packets"
        return int(
            subprocess.run(self.command("cat", path), capture_output=True, check=True).stdout
        )

    def build(self) -> None:
        for space in (self.counter, self.switch, self.listener):
            _run("ip", "netns", "add", space)
            for kind in ("all", "default"):
                _inside(space, "sysctl", "-qw", f"net.ipv6.conf.{kind}.disable_ipv6=1")
        self._wire(self.counter, "port", "ingress")
        self._wire(self.listener, "mirror", "egress")
        _inside(self.switch, "tc", "qdisc", "add", "dev", "ingress", "clsact")
        _inside(
            self.switch, "tc", "filter", "add", "dev", "ingress", "ingress", "protocol", "all",
            "u32", "match", "u32", "0", "0", "action", "mirred", "egress", "mirror",
            "dev", "egress",
        )  # fmt: skip

    def tear_down(self) -> None:
        for space in (self.counter, self.switch, self.listener):
            subprocess.run(["ip", "netns", "del", space], check=False, stderr=subprocess.DEVNULL)

    def _wire(self, space: str, name: str, at_switch: str) -> None:
        _run(
            "ip", "link", "add", name, "netns", space, "mtu", str(MTU), "type", "veth",
            "peer", "name", at_switch, "netns", self.switch, "mtu", str(MTU),
        )  # fmt: skip
        _inside(space, "ip", "link", "set", name, "up")
        _inside(self.switch, "ip", "link", "set", at_switch, "up")


@contextmanager
def mirrored_switch() -> Iterator[MirroredSwitch]:
    switch = MirroredSwitch(f"rg{time.time_ns() % 10**6}")
    try:
        switch.build()
        yield switch
    finally:
        switch.tear_down()


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


def _inside(space: str, *command: str) -> None:
    _run("ip", "netns", "exec", space, *command)
