"""Topics that come with a module while sockets are open, and go with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from riskgw.bus.live import TopicKind, publish
from riskgw.plugins.offered import Commands, Kinds, StoppedTopics, Topics
from riskgw.plugins.registry import Registry
from riskgw.web.hub import Hub
from riskgw.web.live import LiveConsumer, LiveSite
from tests.function_modules import code, pin, put
from tests.queue_server import QueueServer
from tests.sockets import Site, token_of

pytestmark = [
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.asyncio,
]
NAME, TOPIC = "holiday", "modules.holiday.left"
WITH_TOPIC = """
from riskgw.bus.live import TopicKind
from dataclasses import replace
MANIFEST = replace(
    MANIFEST,
    topics=(Topic("left", TopicKind.LOG, LOGGED_IN),),
    commands={"show": Command(Show, LOGGED_IN)},
)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    before, settings.RISKGW_MODULES = settings.RISKGW_MODULES, tmp_path / "modules"
    yield settings.RISKGW_MODULES
    settings.RISKGW_MODULES = before


@pytest.fixture
def token(transactional_db: None) -> str:
    return token_of("ops")


class ModuleSite(Site):
    """A site whose topics and commands are those of a registry."""

    def __init__(self, modules: Registry) -> None:
        super().__init__({}, 60)
        stopped = StoppedTopics(modules)
        self.hub = Hub(Kinds(modules), stopped)
        site = LiveSite(
            self.hub, Topics(modules, {}), Commands(modules, {}), answering=modules.answer,
            stopped=stopped,
        )  # fmt: skip
        self._application = LiveConsumer.as_asgi(site=site)


async def test_a_topic_is_heard_while_its_module_runs(
    queue: QueueServer, folder: Path, token: str
) -> None:
    modules = Registry()
    site = ModuleSite(modules)
    sha256 = put(folder, NAME, code(NAME) + WITH_TOPIC)
    try:
        socket = await site.open(token)
        assert (await socket.subscribe(TOPIC))["refused"] == {TOPIC: "unknown"}
        modules.follow({NAME: pin(NAME, sha256)})
        assert modules.slots[NAME].error == ""
        assert (await socket.subscribe(TOPIC))["topics"] == {TOPIC: {"kind": "log", "seq": 0}}
        with queue.client() as client:
            publish(client, TOPIC, {"days": 1}, TopicKind.LOG)
        assert (await socket.next())["data"] == {"days": 1}
        assert (await socket.ask("modules.holiday.show"))["data"] == "as it should"

        modules.follow({NAME: pin(NAME, sha256, 2, is_enabled=False)})
        assert (await socket.next())["refused"] == {TOPIC: "disabled"}
        with queue.client() as client:
            publish(client, TOPIC, {"days": 2}, TopicKind.LOG)
        answer = await socket.ask("modules.holiday.show")
        assert (answer["error"]["status"], NAME in answer["error"]["detail"]) == (503, True)
        assert (await socket.subscribe(TOPIC))["refused"] == {TOPIC: "disabled"}

        modules.follow({NAME: pin(NAME, sha256, 3)})
        assert (await socket.subscribe(TOPIC))["topics"] == {TOPIC: {"kind": "log", "seq": 2}}
    finally:
        await site.close()
