"""Tell the engine that its settings were saved; without one, it reads them when it begins."""

import logging
from functools import partial

from django.conf import settings
from django.db import transaction

from quoting.desk_link import EngineAway, EngineLink, NotUnderstood
from quoting.wire.desk import Reload

_log = logging.getLogger(__name__)


def reload_engine(by: str, pair: str = "") -> bool:
    """Whether they are in force by now."""
    try:
        done = EngineLink(settings.ENGINE_SOCKET).do(Reload(by))
    except EngineAway:
        return False
    except NotUnderstood as error:
        _log.warning("the engine goes on by its old settings: %s", error)
        return False
    return all(refused.pair != pair for refused in done.refused)


def reload_on_commit(by: str) -> None:
    transaction.on_commit(partial(reload_engine, by))
