"""App configuration."""

from django.apps import AppConfig


class WiringConfig(AppConfig):
    name = "riskgw.wiring"
    label = "wiring"
