"""Makes an engine of the settings, or waits, and says for what, until one can be made.

Rows that do not fit are mended by people, and a disk is given room by them: an engine that died of
either would take the whole product with it. Nothing is quoted meanwhile.
"""

import asyncio
import errno
import logging
import os
import signal
from collections.abc import Callable

from quoting.domain.engine_settings import EngineSettings
from quoting.domain.source_settings import SourceSettingsError
from quoting.io.desk_waiting import WaitingDesk
from quoting.io.engine import SettingsIncomplete, checked
from quoting.io.engine_desk import SettingsRefused
from quoting.io.engine_run import EngineProcess, Place, locked

logger = logging.getLogger(__name__)

RETRY_SECONDS = 3.0
_NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO))
_SETTINGS = (SettingsRefused, SettingsIncomplete, SourceSettingsError)


class EngineStart:
    """`load` may find other settings each time."""

    def __init__(self, place: Place, load: Callable[[], EngineSettings]) -> None:
        self._place = place
        self._load = load
        self._why = ""

    def process(self) -> EngineProcess | None:
        """None when SIGTERM came first."""
        while True:
            try:
                return EngineProcess(self._place, self._load)
            except _SETTINGS as error:
                self._wait_for(str(error))
            except OSError as error:
                if error.errno not in _NO_ROOM:
                    raise
                self._wait_for(str(error))
            if not asyncio.run(self._is_worth_another_try()):
                return None

    def _wait_for(self, why: str) -> None:
        if why != self._why:
            logger.error("the quote engine waits, and quotes nothing: %s", why)
        self._why = why

    async def _is_worth_another_try(self) -> bool:
        """After a while, once the settings can be read."""
        ending = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ending.set)
        lock = locked(self._place.folder)
        desk = WaitingDesk(self._place.socket, self._why)
        await desk.start()
        try:
            while not await _is_set(ending, RETRY_SECONDS):
                try:
                    checked(await asyncio.to_thread(self._load))
                except _SETTINGS as error:
                    self._wait_for(str(error))
                    desk.why = self._why
                else:
                    return True
            return False
        finally:
            await desk.stop()
            os.close(lock)


async def _is_set(event: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
