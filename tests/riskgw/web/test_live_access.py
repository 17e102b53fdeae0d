"""Who gets into the live socket, and what each role may hear and do there."""

import pytest
from channels.testing import WebsocketCommunicator
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session

from riskgw.routing import COMMANDS, TOPICS, live_routes
from riskgw.web.threads import in_thread
from tests.pages import ADMIN, signed_in
from tests.queue_server import QueueServer
from tests.sockets import Socket, live, session_of, token_of

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.asyncio,
]

EVERYBODY = "risk ops trader accountant auditor"
HEARD = {
    "alerts": "risk ops trader auditor",
    "backtests": "risk ops trader auditor",
    "customer_warning": "risk ops trader auditor counter",
    "restrictions": "risk ops trader auditor counter",
    "orders": "risk ops trader auditor",
    "sessions": "risk ops trader auditor",
    "problems": "risk ops trader auditor",
    "health": "risk ops trader auditor",
    "statistics": "risk ops trader auditor",
    "ledger": "accountant auditor",
    "modules": "risk ops auditor",
    "business": "risk ops trader auditor",
    "hosts": "risk ops auditor",
    "logs": "risk ops auditor",
    "data_files": "risk ops auditor",
    "quotes": "risk ops trader auditor",
}
ALLOWED = {
    "ping": EVERYBODY,
    "alerts.acknowledge": "risk ops",
    "alerts.assign": "risk ops",
    "alerts.comment": "risk ops",
    "alerts.close": "risk ops",
    "alerts.reopen": "risk ops",
    "restrictions.release": "risk trader",
    "silences.make": "risk",
    "silences.extend": "risk",
    "silences.end": "risk",
    "customer_warnings.acknowledge": "counter",
    "thresholds.list": "risk ops trader auditor",
    **{
        f"quoting.{name}": "trader"
        for name in (
            "touch", "feed", "resize", "release", "enable", "type", "ticket", "alive", "preview",
            "save_strategy", "choose_strategy", "deal_mode",
        )
    },
    "quoting.stop_all": "risk trader",
    "quoting.details": "risk ops trader auditor",
    "quoting.usage": "risk ops trader auditor",
    "quoting.strategies": "risk trader auditor",
    "quoting.deals": "risk trader auditor",
}  # fmt: skip


@pytest.fixture
def tokens(transactional_db: None) -> dict[str, str]:
    return {role: token_of(role) for role in [*EVERYBODY.split(), ADMIN]}


def may(role: str, roles: str) -> bool:
    return role == ADMIN or role in roles.split()


async def test_every_topic_and_command_stands_in_this_test() -> None:
    assert set(HEARD) == set(TOPICS)
    assert set(ALLOWED) == set(COMMANDS)


async def test_a_stranger_is_shut_out_with_a_code(queue: QueueServer) -> None:
    ways = [
        ("/ws/live", []),
        ("/ws/live?token=nonsense", []),
        ("/ws/live", [(b"authorization", b"Token nonsense")]),
        ("/ws/live", [(b"cookie", b"sessionid=nonsense"), (b"origin", b"http://localhost")]),
    ]
    async with live() as site:
        for path, headers in ways:
            _, communicator = await site.dial(path, headers)
            assert await Socket(communicator).closed() == 4401


async def test_a_strangers_frames_are_not_heard(queue: QueueServer) -> None:
    async with live() as site:
        _, communicator = await site.dial()
        socket = Socket(communicator)
        await socket.say({"op": "subscribe", "topics": ["alerts"]})
        assert await socket.closed() == 4401
        assert await socket.is_silent()


async def test_each_role_hears_its_topics_and_may_give_its_commands(
    queue: QueueServer, tokens: dict[str, str]
) -> None:
    async with live() as site:
        for role, token in tokens.items():
            socket = await site.open(token)
            answer = await socket.subscribe(*TOPICS)
            assert set(answer["topics"]) == {name for name in TOPICS if may(role, HEARD[name])}
            assert answer["refused"] == {
                name: "permission" for name in TOPICS if not may(role, HEARD[name])
            }
            for name in COMMANDS:
                status = (await socket.ask(name)).get("error", {}).get("status")
                assert (status == 403) == (not may(role, ALLOWED[name])), (role, name)


async def test_a_refused_topic_is_not_heard(queue: QueueServer, tokens: dict[str, str]) -> None:
    async with live() as site:
        socket = await site.open(tokens["accountant"])
        await socket.subscribe("alerts")
        with queue.client() as client:
            client.publish("live.alerts", '1 {"change":"raised"}')
        assert await socket.is_silent(0.3)


@pytest.fixture
def headers(transactional_db: None) -> list[tuple[bytes, bytes]]:
    return session_of(signed_in("risk"))


async def test_a_page_of_ours_gets_in_by_its_session(
    queue: QueueServer, headers: list[tuple[bytes, bytes]]
) -> None:
    async with live() as site:
        is_open, communicator = await site.dial(headers=headers)
        assert is_open
        assert (await Socket(communicator).ask("ping"))["ok"]


@pytest.mark.parametrize("origin", [b"https://elsewhere.example", b"null", b""])
async def test_a_page_of_another_site_does_not(
    queue: QueueServer, headers: list[tuple[bytes, bytes]], origin: bytes
) -> None:
    foreign = [(name, origin if name == b"origin" else value) for name, value in headers]
    async with live() as site:
        is_open, _ = await site.dial(headers=foreign)
        assert not is_open


async def test_a_program_gets_in_by_its_header_from_anywhere(
    queue: QueueServer, tokens: dict[str, str]
) -> None:
    header = (b"authorization", f"Token {tokens['risk']}".encode())
    async with live() as site:
        is_open, communicator = await site.dial(
            headers=[header, (b"origin", b"https://elsewhere.example")]
        )
        assert is_open
        assert (await Socket(communicator).ask("ping"))["ok"]


async def test_who_is_locked_later_gets_no_more_answers(
    queue: QueueServer, tokens: dict[str, str]
) -> None:
    async with live() as site:
        socket = await site.open(tokens["risk"])
        assert (await socket.ask("ping"))["ok"]
        await in_thread(lambda: User.objects.update(is_active=False))
        assert (await socket.ask("ping"))["error"]["status"] == 401


async def test_who_is_locked_later_is_shut_out(queue: QueueServer, tokens: dict[str, str]) -> None:
    async with live(recheck_seconds=0.05) as site:
        socket = await site.open(tokens["risk"])
        await in_thread(lambda: User.objects.update(is_active=False))
        assert await socket.closed() == 4401


async def test_who_logs_out_is_shut_out(
    queue: QueueServer, headers: list[tuple[bytes, bytes]]
) -> None:
    async with live(recheck_seconds=0.05) as site:
        _, communicator = await site.dial(headers=headers)
        await in_thread(lambda: Session.objects.all().delete())
        assert await Socket(communicator).closed() == 4401


async def test_who_loses_a_role_hears_its_topics_no_more(
    queue: QueueServer, tokens: dict[str, str]
) -> None:
    async with live(recheck_seconds=0.05) as site:
        socket = await site.open(tokens["risk"])
        await socket.subscribe("alerts")
        await in_thread(lambda: User.groups.through.objects.all().delete())
        assert (await socket.next())["refused"] == {"alerts": "permission"}
        with queue.client() as client:
            client.publish("live.alerts", "1 {}")
        assert await socket.is_silent(0.2)


async def test_there_is_no_socket_at_another_address(
    queue: QueueServer, tokens: dict[str, str]
) -> None:
    path = f"/ws/other?token={tokens['risk']}"
    is_open, _ = await WebsocketCommunicator(live_routes(), path).connect()
    assert not is_open
