"""TLS around LOGIN7 only: the handshake in PRELOGIN packets, then bare records (MS-TDS 2.2.6.5)."""

import asyncio
import ssl
from pathlib import Path

from tests.sql_server.packets import (
    DEFAULT_PACKET_BYTES,
    HEADER,
    Kind,
    Message,
    packets,
    read_message,
)

_RECORD_HEADER_BYTES = 5


class LoginEncryption:
    """The server's end of a TLS connection that ends when the client has logged in."""

    def __init__(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        # The tickets of 1.3 would come after the handshake, where nobody looks for records.
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate)
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_side=True)

    async def handshake(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        is_done = False
        while not is_done:
            self._in.write((await read_message(reader)).payload)
            try:
                self._tls.do_handshake()
                is_done = True
            except ssl.SSLWantReadError:
                pass
            if answer := self._out.read():
                writer.write(b"".join(packets(Kind.PRELOGIN, answer, DEFAULT_PACKET_BYTES)))
                await writer.drain()

    async def login(self, reader: asyncio.StreamReader) -> Message:
        """The LOGIN7 message inside the records that follow."""
        clear = b""
        while len(clear) < HEADER.size or len(clear) < HEADER.unpack_from(clear)[2]:
            head = await reader.readexactly(_RECORD_HEADER_BYTES)
            size = int.from_bytes(head[3:], "big")
            self._in.write(head + await reader.readexactly(size))
            try:
                clear += self._tls.read(1 << 16)
            except ssl.SSLWantReadError:
                continue
        return Message(clear[0], clear[HEADER.size :], is_ignored=False)
