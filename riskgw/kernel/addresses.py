"""IP addresses as people write them in tables and connections carry them, as integers."""

import re
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import NamedTuple

PORT_MAX = 65_535
ANY_PORT = 0
ADDRESS_TEXT_MAX = 80
# [block]:port, block:port with dots, or a block alone; a block is an address or CIDR.
_BRACKETED = re.compile(r"\[([^\[\]]+)\](?::([0-9]{1,5}))?")
_DOTTED = re.compile(r"([0-9./]+)(?::([0-9]{1,5}))?")


class AddressTextError(ValueError):
    """The text is no address, no CIDR block, or has a port that is none."""


class AddressBlock(NamedTuple):
    """Addresses of one IP version that begin with the same `prefix` bits; port 0 means any."""

    version: int
    prefix: int
    network: int
    port: int = ANY_PORT

    def holds(self, end: "End") -> bool:
        if self.version != end.version or self.port not in (ANY_PORT, end.port):
            return False
        return (end.address ^ self.network) >> (_BITS[self.version] - self.prefix) == 0


class End(NamedTuple):
    """One end of a connection."""

    version: int
    address: int
    port: int


_BITS = {4: 32, 6: 128}


def address_block(text: str) -> AddressBlock:
    """10.1.0.7, 10.1.0.0/16, 10.1.9.21:8016, 2001:db8::/32, [2001:db8::7]:8016."""
    text = text.strip()
    if len(text) > ADDRESS_TEXT_MAX:
        raise AddressTextError(text[:ADDRESS_TEXT_MAX])
    match = _BRACKETED.fullmatch(text) or _DOTTED.fullmatch(text)
    block, port = match.groups() if match else (text, None)
    if "%" in block or (port is not None and not 0 < int(port) <= PORT_MAX):
        raise AddressTextError(text)
    try:
        network = ip_network(block)
    except ValueError:
        raise AddressTextError(text) from None
    number = int(network.network_address)
    return AddressBlock(network.version, network.prefixlen, number, int(port or ANY_PORT))


def block_text(block: AddressBlock) -> str:
    """The one way to write a block: a single address without its length."""
    network_of = IPv4Network if block.version == 4 else IPv6Network
    network = network_of((block.network, block.prefix))
    is_single = block.prefix == _BITS[block.version]
    text = str(network.network_address if is_single else network)
    if block.port == ANY_PORT:
        return text
    return f"[{text}]:{block.port}" if block.version == 6 else f"{text}:{block.port}"


def ends_of(conn: str) -> tuple[End, ...]:
    """Client and server of a connection's text, 10.0.0.1:45288>10.0.0.2:8016; without, none."""
    ends = [address_end(each) for each in conn.split(">")] if conn.count(">") == 1 else []
    return tuple(end for end in ends if end is not None)


def address_end(text: str) -> End | None:
    host, _, port = text.rpartition(":")
    try:
        address = ip_address(host.removeprefix("[").removesuffix("]"))
        return End(address.version, int(address), int(port))
    except ValueError:
        return None


def client_host(conn: str) -> str:
    """The address a connection was opened from, without its port, which changes every time."""
    return conn.partition(">")[0].rpartition(":")[0].removeprefix("[").removesuffix("]")
