"""A client of an empty queue server."""

import pytest

from riskgw.bus.connection import Client
from tests.queue_server import QueueServer


@pytest.fixture
def bus(queue: QueueServer) -> Client:
    return queue.client()
