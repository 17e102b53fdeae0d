"""`manage.py market_gateway`: market data into the running system."""

import asyncio
import signal
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from riskgw.bus.connection import connect
from riskgw.wiring.market.gateway import Gateway
from riskgw.wiring.market.sockets import BadAddress


class Command(BaseCommand):
    help = "Hear the sources of RISKGW_MARKET and give the newest snapshots on until stopped."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        stopping: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _: stopping.append(received))
        try:
            gateway = Gateway(settings.RISKGW_MARKET, connect())
        except BadAddress as error:
            raise CommandError(f"RISKGW_MARKET: {error}") from None
        asyncio.run(gateway.run(lambda: bool(stopping)))
