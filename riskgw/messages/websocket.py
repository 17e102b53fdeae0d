"""WebSockets (RFC 6455) as far as feeds need them, both halves: no I/O, no extensions."""

import base64
from collections.abc import Iterator
from hashlib import sha1

from riskgw.messages.market_frame import FRAME_BYTES_MAX, FrameError

HEAD_BYTES_MAX = 8_192
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


class _Half:
    """Bytes of the other side in, whole messages out; `replies` is what has to be sent back."""

    _other, _is_client = "the server", True

    def __init__(self) -> None:
        self.is_open = False
        self._pending = bytearray()
        self._message = bytearray()
        self.replies: list[bytes] = []

    def receive(self, data: bytes) -> Iterator[bytes]:
        """FrameError for what is no WebSocket, and for a close."""
        self._pending += data
        if not self.is_open:
            self._open()
        while self.is_open and (frame := self._frame()) is not None:
            head, payload = frame
            kind = head & 0x0F
            if kind == _PING:
                self.replies.append(self._framed(_PONG, payload))
            elif kind == _CLOSE:
                text = payload[2:].decode(errors="replace")
                raise FrameError(f"closed by {self._other}: {text}")
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

    def text(self, payload: bytes) -> bytes:
        """A message as this side sends it."""
        return self._framed(_TEXT, payload)

    def _framed(self, kind: int, payload: bytes) -> bytes:
        size = len(payload)
        mask = _MASKED if self._is_client else 0
        if size < _LENGTH_16:
            head = bytes((_FINAL | kind, mask | size))
        elif size <= 0xFFFF:
            head = bytes((_FINAL | kind, mask | _LENGTH_16)) + size.to_bytes(2, "big")
        else:
            head = bytes((_FINAL | kind, mask | _LENGTH_64)) + size.to_bytes(8, "big")
        # What is masked with nothing is sent as it is.
        return head + bytes(_MASK_BYTES if mask else 0) + payload

    def _open(self) -> None:
        """Read the other side's half of the handshake, once it is whole."""
        end = self._pending.find(b"\r\n\r\n")
        if end < 0:
            if len(self._pending) > HEAD_BYTES_MAX:
                raise FrameError("no answer to the handshake")
            return
        first, *lines = bytes(self._pending[:end]).decode("latin-1").split("\r\n")
        del self._pending[: end + 4]
        headers = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        self._shake(first, headers)
        self.is_open = True

    def _shake(self, first: str, headers: dict[str, str]) -> None:
        raise NotImplementedError

    def _frame(self) -> tuple[int, bytes] | None:
        """The next frame's first byte and payload, once it is whole."""
        pending = self._pending
        if len(pending) < 2:
            return None
        size, start = pending[1] & 0x7F, 2
        is_masked = bool(pending[1] & _MASKED)
        if is_masked is self._is_client:
            raise FrameError(f"{self._other} {'masks' if is_masked else 'does not mask'}")
        if pending[0] & 0x08 and size > _CONTROL_BYTES_MAX:
            raise FrameError("a control frame that is too long")
        if size in (_LENGTH_16, _LENGTH_64):
            start += 2 if size == _LENGTH_16 else 8
            if len(pending) < start:
                return None
            size = int.from_bytes(pending[2:start], "big")
        if size > FRAME_BYTES_MAX:
            raise FrameError(f"a frame of {size:,} bytes")
        mask = bytes(pending[start : start + _MASK_BYTES]) if is_masked else b""
        start += _MASK_BYTES if is_masked else 0
        if len(pending) < start + size:
            return None
        head, payload = pending[0], bytes(pending[start : start + size])
        del pending[: start + size]
        return head, _unmasked(payload, mask)


class WebSocket(_Half):
    """The client's half."""

    def __init__(self, nonce: bytes) -> None:
        super().__init__()
        self._accept = _accept(base64.b64encode(nonce))

    def _shake(self, first: str, headers: dict[str, str]) -> None:
        if first.split(" ")[1:2] != ["101"]:
            raise FrameError(f"the server opens no WebSocket: {first[:100]}")
        if headers.get("sec-websocket-accept") != self._accept:
            raise FrameError("the server did not understand the handshake")


class ServedWebSocket(_Half):
    """The server's half; its answer to the handshake is the first of its `replies`."""

    _other, _is_client = "the client", False

    def __init__(self) -> None:
        super().__init__()
        self.path = ""

    def _shake(self, first: str, headers: dict[str, str]) -> None:
        method, _, rest = first.partition(" ")
        key = headers.get("sec-websocket-key", "")
        if method != "GET" or headers.get("upgrade", "").lower() != "websocket" or not key:
            raise FrameError(f"the client opens no WebSocket: {first[:100]}")
        self.path = rest.partition(" ")[0]
        self.replies.append(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + _accept(key.encode("latin-1")).encode() + b"\r\n\r\n"
        )


def _accept(key: bytes) -> str:
    return base64.b64encode(sha1(key + _GUID, usedforsecurity=False).digest()).decode()


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    if not any(mask):
        return payload
    key = (mask * (len(payload) // _MASK_BYTES + 1))[: len(payload)]
    both = int.from_bytes(payload, "big") ^ int.from_bytes(key, "big")
    return both.to_bytes(len(payload), "big")
