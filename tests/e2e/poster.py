"""python -m tests.e2e.poster: posts what is due and tells of it, until it is stopped."""

import os
import time
from importlib import import_module

import django

PAUSE_SECONDS = 0.2


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskgw.settings")
    django.setup()
    # Imported late: their models want Django to be set up.
    poster = import_module("ledger.poster").Poster()
    telling = import_module("ledger.telling")
    client = import_module("riskgw.bus.connection").connect()
    while True:
        poster.drain()
        telling.tell(client)
        time.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    main()
