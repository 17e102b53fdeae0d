"""App configuration."""

from importlib import import_module

from django.apps import AppConfig


class WiringConfig(AppConfig):
    name = "riskgw.wiring"
    label = "wiring"

    def ready(self) -> None:
        """Hints find their tasks by name in every process: Celery has to know its broker."""
        import_module("riskgw.celery")
        # Registered by being imported.
        import_module("quoting.checks")
