"""What the live socket offers, and what it takes: topics and commands."""

from typing import Any

from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from monitoring.api.alerts import AcknowledgeAlert, CloseAlert
from monitoring.api.thresholds import ListThresholds
from riskgw.web.handlers import LOGGED_IN, Command
from riskgw.web.hub import Hub
from riskgw.web.live import LiveConsumer, LiveSite
from riskgw.web.ping import Ping

_SEE, _HANDLE = "monitoring.view_alert", "monitoring.change_alert"

TOPICS = dict.fromkeys(("alerts", "orders", "sessions", "problems", "health", "statistics"), _SEE)
COMMANDS = {
    "ping": Command(Ping, LOGGED_IN),
    "alerts.acknowledge": Command(AcknowledgeAlert, _HANDLE),
    "alerts.close": Command(CloseAlert, _HANDLE),
    "thresholds.list": Command(ListThresholds, "monitoring.view_threshold"),
}


def live_routes() -> URLRouter:
    """The sockets of this process, with the one hub they share."""
    site = LiveSite(Hub(), TOPICS, COMMANDS)
    # Django's routes are typed for views that return responses.
    live: Any = LiveConsumer.as_asgi(site=site)
    nothing: Any = WebsocketDenier.as_asgi()
    found: list[Any] = [path("ws/live", live), re_path("", nothing)]
    return URLRouter(found)
