"""`manage.py sensor FEED`: one order feed's packets into the streams."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from capture.io.live_interface import CannotListen
from capture.io.sensor import Sensor
from capture.wire.feed_filter import FeedFilter
from riskgw.kernel.addresses import AddressTextError


class Command(BaseCommand):
    help = "Carry the packets of an order feed into the running system until it is stopped."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("feed", help="as in RISKGW_FEEDS: urfront, urfront_sz")

    def handle(self, *args: Any, **options: Any) -> None:
        feed = settings.RISKGW_FEEDS.get(options["feed"])
        if feed is None:
            known = ", ".join(settings.RISKGW_FEEDS)
            raise CommandError(f"there is no feed {options['feed']}; there are {known}")
        stopping: list[int] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda received, _: stopping.append(received))
        partitions = settings.RISKGW_DECODE_PARTITIONS
        try:
            chosen = FeedFilter(
                feed["ports"],
                partitions,
                clients=feed.get("clients", ()),
                servers=feed.get("servers", ()),
            )
        except AddressTextError as error:
            raise CommandError(f"RISKGW_FEEDS, {options['feed']}: no address: {error}") from None
        sensor = Sensor(options["feed"], chosen, partitions)
        if interface := feed.get("interface"):
            try:
                sensor.listen(interface, lambda: bool(stopping))
            except CannotListen as error:
                raise CommandError(str(error)) from None
        else:
            sensor.replays(lambda: bool(stopping))
