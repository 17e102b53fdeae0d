"""The ASGI entry point: HTTP, and WebSocket beside it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskgw.settings")

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

_http = get_asgi_application()

# What follows needs the apps that are loaded now.
from monitoring.actions.enqueue_webhook import DELIVER_TASK  # noqa: E402  # see above
from monitoring.replica import replica  # noqa: E402  # see above
from riskgw.bus.wake import wake  # noqa: E402  # see above
from riskgw.plugins.follower import Follower  # noqa: E402  # see above
from riskgw.plugins.offered import ExpressRows  # noqa: E402  # see above
from riskgw.plugins.registry import registry  # noqa: E402  # see above
from riskgw.reference.api_keys import asked_owner, known_owner  # noqa: E402  # see above
from riskgw.routing import live_routes  # noqa: E402  # see above
from riskgw.urls import OWN  # noqa: E402  # see above
from riskgw.web.express import Doors, Express  # noqa: E402  # see above
from riskgw.web.request_threads import RequestThreads  # noqa: E402  # see above

replica().start()
# A process's first hint takes long to be sent: that is not to be the first restriction's.
wake(DELIVER_TASK)
Follower(registry(), "web").start()

_modules = registry()
_rows = ExpressRows(_modules, OWN)
_express = Express(RequestThreads(_http), _rows, _modules.answer, Doors(known_owner, asked_owner))
application = ProtocolTypeRouter({"http": _express, "websocket": live_routes()})
