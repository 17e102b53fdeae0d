"""Both halves of a WebSocket, against each other and against an independent one."""

import asyncio
import os
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskgw.messages.market_frame import FrameError
from riskgw.messages.websocket import HEAD_BYTES_MAX, ServedWebSocket, WebSocket, request

NONCE = bytes(range(16))
REQUEST = request("localhost", "/rates", NONCE)


def opened() -> ServedWebSocket:
    served = ServedWebSocket()
    assert list(served.receive(REQUEST)) == []
    return served


@settings(max_examples=50)
@given(
    st.lists(st.binary(max_size=300) | st.integers(65_530, 65_540).map(bytes), max_size=3),
    st.lists(st.integers(0, 70_000), max_size=6),
)
def test_each_half_hears_what_the_other_says_however_it_is_cut(
    messages: list[bytes], places: list[int]
) -> None:
    client, server = WebSocket(NONCE), ServedWebSocket()
    asked = REQUEST + b"".join(map(client.text, messages))
    heard = [text for piece in pieces(asked, places) for text in server.receive(piece)]
    answer = b"".join(server.replies) + b"".join(map(server.text, messages))
    assert heard == messages
    assert [text for piece in pieces(answer, places) for text in client.receive(piece)] == messages
    assert (server.path, server.is_open, client.is_open) == ("/rates", True, True)


def pieces(data: bytes, places: list[int]) -> list[bytes]:
    edges = [0, *sorted(place for place in places if place < len(data)), len(data)]
    return [data[begin:end] for begin, end in pairwise(edges)]


def test_a_mask_is_taken_off_and_pings_are_answered() -> None:
    served = opened()
    served.replies.clear()
    mask = b"\x01\x02\x03\x04"
    masked = bytes(each ^ mask[place % 4] for place, each in enumerate(b"hello"))
    assert list(served.receive(bytes((0x81, 0x85)) + mask + masked)) == [b"hello"]
    assert list(served.receive(bytes((0x89, 0x82)) + bytes(4) + b"hi")) == []
    assert served.replies == [bytes((0x8A, 2)) + b"hi"]


@pytest.mark.parametrize(
    "data",
    [b"POST / HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\n\r\n", b"x" * (HEAD_BYTES_MAX + 1),
     b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
     REQUEST + bytes((0x81, 0x01)) + b"x", REQUEST + bytes((0x88, 0x80)) + bytes(4)],
)  # fmt: skip
def test_a_client_that_speaks_no_websocket_is_left(data: bytes) -> None:
    with pytest.raises(FrameError):
        list(ServedWebSocket().receive(data))


@pytest.mark.asyncio
async def test_an_independent_server_and_client_understand_both_halves() -> None:
    """Tornado's, which comes with a peer of the benchmarks."""
    httpserver = pytest.importorskip("tornado.httpserver")
    web, websocket = pytest.importorskip("tornado.web"), pytest.importorskip("tornado.websocket")
    long = os.urandom(40_000).hex()

    class Echo(websocket.WebSocketHandler):  # type: ignore[misc, name-defined]  # comes without types
        async def on_message(self, message: str) -> None:
            await self.write_message(message)

    server = httpserver.HTTPServer(web.Application([("/rates", Echo)]))
    server.listen(0, "127.0.0.1")
    (socket,) = server._sockets.values()
    heard = await asked(socket.getsockname()[1], long)
    server.stop()
    assert heard == long.encode()

    ours = await asyncio.start_server(_echo, "127.0.0.1", 0)
    port = ours.sockets[0].getsockname()[1]
    client = await websocket.websocket_connect(f"ws://127.0.0.1:{port}/rates")
    await client.write_message(long)
    assert await client.read_message() == long
    client.close()
    ours.close()


async def asked(port: int, text: str) -> bytes:
    """Through our half of a client."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    client = WebSocket(NONCE)
    writer.write(request(f"127.0.0.1:{port}", "/rates", NONCE))
    is_said = False
    while data := await reader.read(65_536):
        for message in client.receive(data):
            writer.close()
            return message
        if client.is_open and not is_said:
            writer.write(client.text(text.encode()))
            is_said = True
    raise AssertionError("closed without an answer")


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    served = ServedWebSocket()
    while data := await reader.read(65_536):
        try:
            said = [served.text(each) for each in served.receive(data)]
        except FrameError:
            break
        writer.writelines([*served.replies, *said])
        served.replies.clear()
    writer.close()
