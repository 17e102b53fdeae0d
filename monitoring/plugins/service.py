"""The service: requests about what is monitored: hosts, capture, metrics, the counters' feeds."""

from monitoring.api.feeds import (
    FeedExecutions,
    FeedFunds,
    FeedOrders,
    FeedPositions,
    FeedQuoteRequests,
    FeedQuotes,
)
from monitoring.api.orders import ListOrders
from monitoring.api.problems import ListProblems
from monitoring.api.sessions import ListSessions
from riskgw.bus.live import TopicKind
from riskgw.plugins.manifest import Manifest, Topic
from riskgw.web.handlers import Endpoint

_FEED = "monitoring.feed_events"
_SEE = "monitoring.view_alert"

_ENDPOINTS = (
    Endpoint("GET", "orders", ListOrders, _SEE),
    Endpoint("POST", "orders", FeedOrders, _FEED),
    Endpoint("POST", "executions", FeedExecutions, _FEED),
    Endpoint("POST", "quotes", FeedQuotes, _FEED),
    Endpoint("POST", "quote-requests", FeedQuoteRequests, _FEED),
    Endpoint("POST", "positions", FeedPositions, _FEED),
    Endpoint("POST", "funds", FeedFunds, _FEED),
    Endpoint("GET", "sessions", ListSessions, _SEE),
    Endpoint("GET", "problems", ListProblems, _SEE),
)
_TOPICS = (
    Topic("orders", TopicKind.STATE, "monitoring.view_alert"),
    Topic("sessions", TopicKind.STATE, "monitoring.view_alert"),
    Topic("problems", TopicKind.STATE, "monitoring.view_alert"),
    Topic("health", TopicKind.STATE, "monitoring.view_alert"),
    Topic("statistics", TopicKind.STATE, "monitoring.view_alert"),
)
MANIFEST = Manifest(
    name="service",
    version="1.0",
    title="Service",
    endpoints=_ENDPOINTS,
    topics=_TOPICS,
)
