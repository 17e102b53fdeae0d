"""What the live socket offers, and what it takes: topics and commands."""

from typing import Any

import msgspec
from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.urls import path, re_path

from monitoring.domain.restrictions import TOPIC as RESTRICTIONS
from monitoring.replica import replica
from quoting.api.commands import COMMANDS as QUOTING
from quoting.desk_link import FAMILY as QUOTES
from quoting.desk_link import DeskWatch
from riskgw.plugins.offered import Commands, Kinds, StoppedTopics, Topics
from riskgw.plugins.registry import registry
from riskgw.reference.api_keys import counters_of
from riskgw.web.handlers import LOGGED_IN, Command
from riskgw.web.hub import Hub
from riskgw.web.live import LiveConsumer, LiveSite
from riskgw.web.ping import Ping

MAY_SEE_QUOTES = "quoting.view_pair"
# With those of the function modules: most topics and all commands stand in their manifests.
TOPICS = Topics(
    registry(),
    {
        "ledger": "ledger.view_ledgeraccount",
        "modules": "reference.view_functionmodule",
        QUOTES: MAY_SEE_QUOTES,
    },
)
# By ping a client knows that its socket lives: no module's.
COMMANDS = Commands(registry(), {"ping": Command(Ping, LOGGED_IN), **QUOTING})


def live_site() -> LiveSite:
    """The topics and commands of this process, with the one hub for all its sockets."""
    modules = registry()
    stopped = StoppedTopics(modules)
    origins = {QUOTES: DeskWatch(settings.ENGINE_SOCKET)}
    hub = Hub(Kinds(modules), stopped, {RESTRICTIONS: _restricted}, origins)
    return LiveSite(
        hub,
        TOPICS,
        COMMANDS,
        audience_of=counters_of,
        answering=modules.answer,
        stopped=stopped,
        families={QUOTES: MAY_SEE_QUOTES},
    )


def _restricted(data: str) -> None:
    """A counter that has heard of a restriction is no longer allowed what it forbids."""
    replica().in_force.hear(msgspec.json.decode(data))


def live_routes() -> URLRouter:
    """The sockets of this process."""
    # Django's routes are typed for views that return responses.
    live: Any = LiveConsumer.as_asgi(site=live_site())
    nothing: Any = WebsocketDenier.as_asgi()
    found: list[Any] = [path("ws/live", live), re_path("", nothing)]
    return URLRouter(found)
