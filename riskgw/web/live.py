"""`/ws/live`: log-in, topics, and commands that run beside each other. docs/protocols/live.md."""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import Any

from channels.consumer import AsyncConsumer, get_handler_name
from channels.exceptions import StopConsumer
from django.contrib.auth.models import User
from django.db import DatabaseError

from riskgw.web.client import Client
from riskgw.web.frames import (
    CommandFrame,
    Subscribe,
    Unsubscribe,
    answered,
    read_frame,
    refused,
    told,
)
from riskgw.web.handlers import Answering, Call, Command, at_once, is_allowed
from riskgw.web.hub import STOPPED, Hub
from riskgw.web.origins import family_of
from riskgw.web.problems import Problem, not_found, problem_of
from riskgw.web.sign_in import ForeignOrigin, user_of
from riskgw.web.threads import in_thread

_log = logging.getLogger(__name__)

COMMANDS_MAX = 16
HEARD_MAX = 64
BAD_FRAMES_MAX = 20
STRANGER, NOT_UNDERSTOOD = 4401, 4400
# How long who has logged out or lost a role may go on hearing.
RECHECK_SECONDS = 60


@dataclass(frozen=True)
class LiveSite:
    """What a socket offers: topics and commands, each with the permission it asks for."""

    hub: Hub
    topics: Mapping[str, str]
    commands: Mapping[str, Command]
    recheck_seconds: float = RECHECK_SECONDS
    # Whose messages a user may hear, of topics whose messages say whom they are for; None for all.
    audience_of: Callable[[User], frozenset[str] | None] = lambda user: None
    answering: Answering = at_once
    # Topics whose function module does not run.
    stopped: Mapping[str, str] = field(default_factory=dict)
    # What families of topics ask for, each under any name: `quotes.<pair>`.
    families: Mapping[str, str] = field(default_factory=dict)

    def permission_of(self, topic: str) -> str | None:
        """None where there is no such topic."""
        family = self.families.get(family_of(topic)) if "." in topic else None
        return self.topics.get(topic, family)


class LiveConsumer(AsyncConsumer):
    """One socket. Its commands are tasks of their own; it waits for none of them."""

    def __init__(self, site: LiveSite) -> None:
        self._site = site
        self._client: Client | None = None
        self._heard: set[str] = set()
        self._commands: set[asyncio.Task[None]] = set()
        # The newest of each sequence.
        self._newest: dict[str, asyncio.Task[None]] = {}
        self._rechecking: asyncio.Task[None] | None = None
        self._bad_frames = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            for task in self._commands:
                task.cancel()
            if self._rechecking is not None:
                self._rechecking.cancel()
            if self._client is not None:
                self._client.end()
                self._site.hub.leave(self._client)

    async def dispatch(self, message: dict[str, Any]) -> None:
        """Without Channels' turn in its database thread for each frame; nothing here needs it."""
        await getattr(self, get_handler_name(message))(message)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        try:
            user = await in_thread(lambda: user_of(self.scope))
        except ForeignOrigin:
            await self.send({"type": "websocket.close"})
            return
        await self.send({"type": "websocket.accept"})
        if user is None:
            await self.send({"type": "websocket.close", "code": STRANGER})
            return
        self._client = Client(self.send)
        self._rechecking = asyncio.create_task(self._recheck(self._client))
        await self._site.hub.join(self._client)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        raise StopConsumer

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        if self._client is None:
            return
        try:
            frame = read_frame(message.get("text"))
        except Problem as problem:
            self._refuse_frame(self._client, problem)
            return
        if isinstance(frame, CommandFrame):
            self._begin(self._client, frame)
        elif isinstance(frame, Subscribe):
            await self._subscribe(self._client, frame)
        else:
            self._unsubscribe(self._client, frame)

    def _refuse_frame(self, client: Client, problem: Problem) -> None:
        self._bad_frames += 1
        client.reply(refused(None, problem))
        if self._bad_frames >= BAD_FRAMES_MAX:
            client.close(NOT_UNDERSTOOD)

    async def _subscribe(self, client: Client, frame: Subscribe) -> None:
        refusals = await in_thread(lambda: self._refusals(frame.topics))
        if len(self._heard.union(frame.topics)) > HEARD_MAX:
            refusals = dict.fromkeys(frame.topics, "too_many")
        audience = await in_thread(self._audience)
        topics = [name for name in dict.fromkeys(frame.topics) if name not in refusals]
        for name in topics:
            await self._site.hub.open(name)
        positions = {name: self._site.hub.position(name) for name in topics}
        shown = {name: {"kind": kind, "seq": seq} for name, (kind, seq) in positions.items()}
        client.reply(told("subscribe", topics=shown, refused=refusals))
        self._heard.update(topics)
        for name in topics:
            self._site.hub.subscribe(client, name, audience)

    def _unsubscribe(self, client: Client, frame: Unsubscribe) -> None:
        topics = [name for name in dict.fromkeys(frame.topics) if name in self._heard]
        self._leave(client, topics)
        client.reply(told("unsubscribe", topics=topics))

    def _leave(self, client: Client, topics: Iterable[str]) -> None:
        for name in topics:
            self._heard.discard(name)
            self._site.hub.unsubscribe(client, name)

    async def _recheck(self, client: Client) -> None:
        """Log-in and permissions are those of now, for who only listens too."""
        while True:
            await asyncio.sleep(self._site.recheck_seconds)
            try:
                is_stranger = await in_thread(lambda: user_of(self.scope)) is None
                refusals = await in_thread(partial(self._refusals, list(self._heard)))
            except DatabaseError as error:
                _log.warning("permissions could not be looked up again: %s", error)
                continue
            if is_stranger:
                client.close(STRANGER)
            elif refusals:
                self._leave(client, refusals)
                client.reply(told("subscribe", topics={}, refused=refusals))

    def _refusals(self, names: Iterable[str]) -> dict[str, str]:
        user = user_of(self.scope)
        reasons = {name: self._reason(user, name) for name in names}
        return {name: reason for name, reason in reasons.items() if reason}

    def _audience(self) -> frozenset[str] | None:
        user = user_of(self.scope)
        return frozenset() if user is None else self._site.audience_of(user)

    def _reason(self, user: User | None, name: str) -> str | None:
        permission = self._site.permission_of(name)
        if permission is None:
            return "unknown"
        if user is None or not is_allowed(user, permission):
            return "permission"
        return STOPPED if name in self._site.stopped else None

    def _begin(self, client: Client, frame: CommandFrame) -> None:
        if len(self._commands) >= COMMANDS_MAX:
            detail = f"{COMMANDS_MAX} commands are under way."
            problem = Problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many_commands", detail)
            client.reply(refused(frame.id, problem))
            return
        command = self._site.commands.get(frame.name)
        sequence = command.sequence if command else ""
        earlier = self._newest.get(sequence)
        is_urgent = command is not None and command.is_urgent
        task = asyncio.create_task(self._run(client, frame, earlier, is_urgent=is_urgent))
        self._commands.add(task)
        task.add_done_callback(self._commands.discard)
        if sequence:
            self._newest[sequence] = task

    async def _run(
        self,
        client: Client,
        frame: CommandFrame,
        earlier: asyncio.Task[None] | None,
        *,
        is_urgent: bool,
    ) -> None:
        """In its turn; what is urgent at once, and again in its turn, which nobody hears of."""
        waits_for = [] if earlier is None or earlier.done() else [earlier]
        if is_urgent:
            client.reply(await in_thread(lambda: self._reply(frame)))
            if not waits_for:
                return
        if waits_for:
            await asyncio.wait(waits_for)
        said = await in_thread(lambda: self._reply(frame))
        if not is_urgent:
            client.reply(said)

    def _reply(self, frame: CommandFrame) -> str:
        """The answer as text: nothing that holds the handler leaves the thread, no error either."""
        try:
            return answered(frame.id, self._answer(frame))
        except Exception as error:
            return _refusal(frame, error)

    def _answer(self, frame: CommandFrame) -> Any:
        """The permission first, of this moment; then a handler, made for this command."""
        user = user_of(self.scope)
        if user is None:
            raise Problem(HTTPStatus.UNAUTHORIZED, "not_authenticated")
        command = self._site.commands.get(frame.name)
        if command is None:
            raise not_found("There is no such command.")
        if not is_allowed(user, command.permission):
            raise Problem(HTTPStatus.FORBIDDEN, "permission_denied")
        return self._site.answering(command, Call(user, frame.args)).data


def _refusal(frame: CommandFrame, error: Exception) -> str:
    """The answer to a command that failed; what is ours to mend is only logged."""
    problem = problem_of(error)
    if problem is None:
        _log.error("command %s", frame.name, exc_info=error)
        problem = Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "failed")
    return refused(frame.id, problem)
