"""A thread of every process that runs modules: it follows the pins, and says how things stand."""

import logging
import threading
import time

from django.db import DatabaseError, close_old_connections, connection

from riskgw.bus.connection import Client, Unreachable, connect_once
from riskgw.plugins.pins import pins
from riskgw.plugins.registry import Registry
from riskgw.plugins.states import said, say
from riskgw.reference.actions.switch_module import CHANNEL

# Looked for all the same: a word may be lost, and the queue server may be away.
LOOK_SECONDS = 1.0

_log = logging.getLogger(__name__)


class Follower:
    """`process` is what people call this process: web, default."""

    def __init__(self, modules: Registry, process: str) -> None:
        self._modules = modules
        self._process = process
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to follow; what the pins say now is so when this returns."""
        if self._thread is not None:
            return
        self._look()
        self._thread = threading.Thread(target=self._run, name="modules", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._listen(connect_once())
            except Unreachable as error:
                _log.warning("modules: the queue server is away: %s", error)
                self._look()
                self._stopping.wait(LOOK_SECONDS)
        connection.close()

    def _listen(self, client: Client) -> None:
        """Subscribed first, then looked: what is ordered in between is heard."""
        with client, client.pubsub(ignore_subscribe_messages=True) as channel:
            channel.subscribe(CHANNEL)
            while not self._stopping.is_set():
                self._look()
                say(client, said(self._modules, self._process))
                ends = time.monotonic() + LOOK_SECONDS
                while (left := ends - time.monotonic()) > 0 and not self._stopping.is_set():
                    if channel.get_message(timeout=left) is not None:
                        break

    def _look(self) -> None:
        close_old_connections()
        try:
            wanted = pins()
        except DatabaseError as error:
            _log.warning("modules: %s", error)
            return
        self._modules.follow(wanted)
