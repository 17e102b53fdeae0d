"""The client's half of a WebSocket (RFC 6455), as far as a market feed needs it: no I/O."""

import base64
from collections.abc import Iterator
from hashlib import sha1

from riskgw.messages.market_frame import FRAME_BYTES_MAX, FrameError

ANSWER_BYTES_MAX = 8_192
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_CONTINUATION, _TEXT, _BINARY, _CLOSE, _PING, _PONG = 0, 1, 2, 8, 9, 10
_FINAL, _MASKED = 0x80, 0x80
_LENGTH_16, _LENGTH_64 = 126, 127
_CONTROL_BYTES_MAX = 125
_MASK_BYTES = 4


def request(host: str, path: str, nonce: bytes) -> bytes:
    """The opening handshake; `nonce` is 16 random bytes."""
    key = base64.b64encode(nonce).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n"
    ).encode()


class WebSocket:
    """Bytes of the server in, whole messages out; `replies` is what has to be sent back."""

    def __init__(self, nonce: bytes) -> None:
        digest = sha1(base64.b64encode(nonce) + _GUID, usedforsecurity=False).digest()
        self._accept = base64.b64encode(digest).decode()
        self._is_open = False
        self._pending = bytearray()
        self._message = bytearray()
        self.replies: list[bytes] = []

    def receive(self, data: bytes) -> Iterator[bytes]:
        """FrameError for what is no WebSocket, and for a close."""
        self._pending += data
        if not self._is_open:
            self._open()
        while self._is_open and (frame := self._frame()) is not None:
            head, payload = frame
            kind = head & 0x0F
            if kind == _PING:
                self.replies.append(_masked(_PONG, payload))
            elif kind == _CLOSE:
                raise FrameError(f"closed by the server: {payload[2:].decode(errors='replace')}")
            elif kind in (_CONTINUATION, _TEXT, _BINARY):
                self._message += payload
                if len(self._message) > FRAME_BYTES_MAX:
                    raise FrameError(f"a message of more than {FRAME_BYTES_MAX:,} bytes")
                if head & _FINAL:
                    message = bytes(self._message)
                    self._message.clear()
                    yield message
            elif kind != _PONG:
                raise FrameError(f"a WebSocket frame of kind {kind}")

    def _open(self) -> None:
        end = self._pending.find(b"\r\n\r\n")
        if end < 0:
            if len(self._pending) > ANSWER_BYTES_MAX:
                raise FrameError("no answer to the handshake")
            return
        lines = bytes(self._pending[:end]).decode("latin-1").split("\r\n")
        del self._pending[: end + 4]
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        if lines[0].split(" ")[1:2] != ["101"]:
            raise FrameError(f"the server opens no WebSocket: {lines[0][:100]}")
        if headers.get("sec-websocket-accept") != self._accept:
            raise FrameError("the server did not understand the handshake")
        self._is_open = True

    def _frame(self) -> tuple[int, bytes] | None:
        """The next frame's first byte and payload, once it is whole."""
        pending = self._pending
        if len(pending) < 2:
            return None
        size, start = pending[1] & 0x7F, 2
        if pending[1] & _MASKED:
            raise FrameError("a server does not mask")
        if pending[0] & 0x08 and size > _CONTROL_BYTES_MAX:
            raise FrameError("a control frame that is too long")
        if size in (_LENGTH_16, _LENGTH_64):
            width = 2 if size == _LENGTH_16 else 8
            start += width
            if len(pending) < start:
                return None
            size = int.from_bytes(pending[2:start], "big")
        if size > FRAME_BYTES_MAX:
            raise FrameError(f"a frame of {size:,} bytes")
        if len(pending) < start + size:
            return None
        head, payload = pending[0], bytes(pending[start : start + size])
        del pending[: start + size]
        return head, payload


def _masked(kind: int, payload: bytes) -> bytes:
    """A short frame of the client. What is masked with nothing is sent as it is."""
    return bytes((_FINAL | kind, _MASKED | len(payload))) + bytes(_MASK_BYTES) + payload
