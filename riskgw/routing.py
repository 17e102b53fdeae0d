"""What the live socket offers, and what it takes: topics and commands."""

from typing import Any

from channels.routing import URLRouter
from channels.security.websocket import WebsocketDenier
from django.urls import path, re_path

from monitoring.api.alert_gestures import (
    AcknowledgeAlert,
    AssignAlert,
    CloseAlert,
    CommentAlert,
    ReopenAlert,
)
from monitoring.api.customer_warnings import AcknowledgeWarning
from monitoring.api.restrictions import ReleaseRestriction
from monitoring.api.silences import EndSilence, ExtendSilence, MakeSilence
from monitoring.api.thresholds import ListThresholds
from riskgw.reference.api_keys import counters_of
from riskgw.web.handlers import LOGGED_IN, Command
from riskgw.web.hub import Hub
from riskgw.web.live import LiveConsumer, LiveSite
from riskgw.web.ping import Ping

_SEE, _HANDLE = "monitoring.view_alert", "monitoring.change_alert"

TOPICS = dict.fromkeys(("alerts", "orders", "sessions", "problems", "health", "statistics"), _SEE)
TOPICS["customer_warning"] = "monitoring.view_customerwarning"
TOPICS["restrictions"] = "monitoring.view_restriction"
TOPICS["ledger"] = "ledger.view_ledgeraccount"
TOPICS["backtests"] = "monitoring.view_rule"
COMMANDS = {
    "ping": Command(Ping, LOGGED_IN),
    "alerts.acknowledge": Command(AcknowledgeAlert, _HANDLE),
    "alerts.assign": Command(AssignAlert, _HANDLE),
    "alerts.comment": Command(CommentAlert, _HANDLE),
    "alerts.close": Command(CloseAlert, _HANDLE),
    "alerts.reopen": Command(ReopenAlert, _HANDLE),
    "silences.make": Command(MakeSilence, "monitoring.add_silence"),
    "silences.extend": Command(ExtendSilence, "monitoring.change_silence"),
    "silences.end": Command(EndSilence, "monitoring.change_silence"),
    "customer_warnings.acknowledge": Command(
        AcknowledgeWarning, "monitoring.change_customerwarning"
    ),
    "restrictions.release": Command(ReleaseRestriction, "monitoring.release_restriction"),
    "thresholds.list": Command(ListThresholds, "monitoring.view_threshold"),
}


def live_routes() -> URLRouter:
    """The sockets of this process, with the one hub they share."""
    site = LiveSite(Hub(), TOPICS, COMMANDS, audience_of=counters_of)
    # Django's routes are typed for views that return responses.
    live: Any = LiveConsumer.as_asgi(site=site)
    nothing: Any = WebsocketDenier.as_asgi()
    found: list[Any] = [path("ws/live", live), re_path("", nothing)]
    return URLRouter(found)
