"""The ASGI entry point: HTTP now, WebSocket beside it."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskgw.settings")

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

application = ProtocolTypeRouter({"http": get_asgi_application()})
