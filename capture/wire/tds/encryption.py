"""What of a connection TLS hides (MS-TDS 2.2.6.5, 3.2.5.1): the log-in only, or all of it."""

from capture.wire.session import Match
from capture.wire.tds.packets import (
    TLS_RECORD_BYTES_MAX,
    PacketFramer,
    TdsPacketMessage,
    is_strict,
)
from riskgw.messages.problem import Problem

# The server's answer has the last word; a client that cannot encrypt leaves all of it plain.
_CLIENT_CERTIFICATE = 0x80
_ON, _NOT_SUPPORTED, _REQUIRED = 1, 2, 3
# TDS 8.0 begins with TLS; the client names it in the application protocols of its first record.
_HANDSHAKE = b"\x16\x03"
_RECORD_HEADER_BYTES = 5


def hides_everything(client: int | None, server: int) -> bool:
    """By the encryption options of both PRELOGINs; the client's may not have been seen."""
    if client is not None and client & ~_CLIENT_CERTIFICATE == _NOT_SUPPORTED:
        return False
    return server & ~_CLIENT_CERTIFICATE in (_ON, _REQUIRED)


def strict(start: bytes) -> Match:
    """Whether bytes begin a connection of which nothing but this can be read."""
    size = _RECORD_HEADER_BYTES + int.from_bytes(start[3:5], "big")
    is_client_hello = start.startswith(_HANDSHAKE) and start[5:6] in (b"", b"\x01")
    if not is_client_hello or size > TLS_RECORD_BYTES_MAX:
        return Match.NO
    if len(start) < size:
        return Match.MAYBE
    return Match.YES if is_strict(start[:size]) else Match.NO


class EncryptedStream:
    """One direction of which nothing can be read any more; only its bytes are counted.

    A framer would search ciphertext for packets after a loss, and find some by chance.
    """

    __slots__ = ("encrypted_bytes",)

    def __init__(self, framer: PacketFramer) -> None:
        self.encrypted_bytes = framer.encrypted_bytes + framer.held_bytes

    held_bytes = 0

    def receive(self, data: bytes) -> list[TdsPacketMessage | Problem]:
        self.encrypted_bytes += len(data)
        return []

    def gap(self) -> None:
        """What was lost could not have been read either."""

    def close(self) -> list[TdsPacketMessage | Problem]:
        return []
