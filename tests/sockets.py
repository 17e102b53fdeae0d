"""Live sockets in tests: the application with a hub of its own, and a client that speaks JSON."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.test import Client
from rest_framework.authtoken.models import Token

from quoting.desk_link import FAMILY as QUOTES
from riskgw.plugins.offered import Kinds
from riskgw.plugins.registry import registry
from riskgw.routing import COMMANDS, TOPICS
from riskgw.web.handlers import Command
from riskgw.web.hub import Hub
from riskgw.web.live import RECHECK_SECONDS, LiveConsumer, LiveSite
from tests.pages import signed_in

ANSWER_SECONDS_MAX = 20
ORIGIN = b"http://localhost"


def token_of(role: str) -> str:
    """The API token of a user of this role, who is made if there is none."""
    signed_in(role)
    token, _ = Token.objects.get_or_create(user=User.objects.get(username=role))
    return str(token.key)


def session_of(client: Client, origin: bytes = ORIGIN) -> list[tuple[bytes, bytes]]:
    """The headers with which the page of a signed-in browser opens a socket."""
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    return [(b"cookie", cookies.encode()), (b"origin", origin)]


class Socket:
    """A socket that was opened; `next` is the next frame of the server."""

    def __init__(self, communicator: WebsocketCommunicator) -> None:
        self.communicator = communicator
        self._numbers = iter(range(1_000_000))

    async def say(self, frame: Any) -> None:
        text = frame if isinstance(frame, str) else json.dumps(frame)
        await self.communicator.send_to(text_data=text)

    async def next(self, seconds: float = ANSWER_SECONDS_MAX) -> dict[str, Any]:
        frame: dict[str, Any] = json.loads(await self.communicator.receive_from(seconds))
        return frame

    async def closed(self, seconds: float = ANSWER_SECONDS_MAX) -> int:
        """The code with which the server closes, whatever it says before."""
        while True:
            message = await self.communicator.receive_output(seconds)
            if message["type"] == "websocket.close":
                code: int = message.get("code", 1000)
                return code

    async def is_silent(self, seconds: float = 0.1) -> bool:
        return bool(await self.communicator.receive_nothing(seconds))

    async def subscribe(self, *topics: str) -> dict[str, Any]:
        await self.say({"op": "subscribe", "topics": topics})
        return await self.next()

    async def begin(self, name: str, **arguments: Any) -> int:
        """Send a command and do not wait for its answer."""
        number = next(self._numbers)
        await self.say({"op": "command", "id": number, "name": name, "args": arguments})
        return number

    async def ask(self, name: str, **arguments: Any) -> dict[str, Any]:
        number = await self.begin(name, **arguments)
        answer = await self.next()
        assert answer["reply"] == number
        return answer


class SilentOrigin:
    """In place of a process beside us: it tells nothing."""

    def begin(self, name: str, show: Callable[[Any], None]) -> None:
        pass

    def end(self, name: str) -> None:
        pass

    async def close(self) -> None:
        pass


class Site:
    """The live site of a test. Everything happens in the loop it was made in."""

    def __init__(self, commands: Mapping[str, Command], recheck_seconds: float) -> None:
        self.hub = Hub(Kinds(registry()), origins={QUOTES: SilentOrigin()})
        site = LiveSite(self.hub, TOPICS, commands, recheck_seconds)
        self._application = LiveConsumer.as_asgi(site=site)
        self._opened: list[WebsocketCommunicator] = []

    async def dial(
        self, path: str = "/ws/live", headers: list[tuple[bytes, bytes]] | None = None
    ) -> tuple[bool, WebsocketCommunicator]:
        """Whether the server lets us in at all, and the connection."""
        communicator = WebsocketCommunicator(self._application, path, headers)
        self._opened.append(communicator)
        is_open, _ = await communicator.connect(ANSWER_SECONDS_MAX)
        return is_open, communicator

    async def open(self, token: str) -> Socket:
        is_open, communicator = await self.dial(f"/ws/live?token={token}")
        assert is_open
        return Socket(communicator)

    async def close(self) -> None:
        for communicator in self._opened:
            communicator.stop(exceptions=False)
        await asyncio.sleep(0)
        await self.hub.close()


@asynccontextmanager
async def live(
    commands: Mapping[str, Command] = COMMANDS, recheck_seconds: float = RECHECK_SECONDS
) -> AsyncIterator[Site]:
    site = Site(commands, recheck_seconds)
    try:
        yield site
    finally:
        await site.close()
