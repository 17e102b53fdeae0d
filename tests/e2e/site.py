"""python -m tests.e2e.site PORT: a site with users and alerts, in a home of its own."""

import os
import sys
from importlib import import_module

import django
from django.core.management import call_command


def main(port: str) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskgw.settings")
    django.setup()
    call_command("migrate", verbosity=0)
    # Imported late: its models want Django to be set up.
    import_module("tests.e2e.filling").fill(f"http://127.0.0.1:{port}")
    arguments = ["-b", "127.0.0.1", "-p", port, "riskgw.asgi:application"]
    os.execv(sys.executable, [sys.executable, "-m", "daphne", *arguments])


if __name__ == "__main__":
    main(sys.argv[1])
