#!/usr/bin/env python
"""Django's command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "riskgw.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415  # after setdefault
    from django.core.management import execute_from_command_line  # noqa: PLC0415  # after setdefault

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as error:
        sys.exit(f"riskgw: {error}")


if __name__ == "__main__":
    main()
