"""The hub by itself: who hears first."""

import asyncio
import json
from typing import Any

import pytest

from riskgw.bus.live import TOPICS, publish
from riskgw.web.client import Client
from riskgw.web.hub import Hub
from tests.queue_server import QueueServer

pytestmark = pytest.mark.asyncio


async def test_who_has_to_know_first_knows_before_any_client(queue: QueueServer) -> None:
    known: list[str] = []
    sent: list[tuple[int, Any]] = []

    async def send(message: Any) -> None:
        sent.append((len(known), json.loads(message["text"])["data"]))

    hub = Hub(TOPICS, ahead={"alerts": known.append})
    client = Client(send)
    await hub.join(client)
    hub.subscribe(client, "alerts")
    with queue.client() as teller:
        for number in range(20):
            publish(teller, "alerts", number)
    for _ in range(2000):
        if len(sent) == 20:
            break
        await asyncio.sleep(0.01)
    await hub.close()
    assert known == [str(number) for number in range(20)]
    assert all(knew > number for knew, number in sent)
