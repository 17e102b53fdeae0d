"""The ASGI entry point: HTTP, and WebSocket beside it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskgw.settings")

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

_http = get_asgi_application()

# What follows needs the apps that are loaded now.
from monitoring.replica import replica  # noqa: E402  # see above
from riskgw.plugins.follower import Follower  # noqa: E402  # see above
from riskgw.plugins.offered import ExpressRows  # noqa: E402  # see above
from riskgw.plugins.registry import registry  # noqa: E402  # see above
from riskgw.reference.api_keys import asked_owner, known_owner  # noqa: E402  # see above
from riskgw.reference.tokens import token_owners  # noqa: E402  # see above
from riskgw.routing import live_routes  # noqa: E402  # see above
from riskgw.urls import OWN  # noqa: E402  # see above
from riskgw.web.express import Doors, Express  # noqa: E402  # see above
from riskgw.web.request_threads import RequestThreads  # noqa: E402  # see above

replica().start()
Follower(registry(), "web").start()

_modules = registry()
_rows = ExpressRows(_modules, OWN)
_doors = {
    "api-key": Doors(known_owner, asked_owner),
    "token": Doors(token_owners.known, token_owners.asked),
}
_express = Express(RequestThreads(_http), _rows, _modules.answer, _doors)
application = ProtocolTypeRouter({"http": _express, "websocket": live_routes()})
