"""Function modules in the default worker: rows for what they bring, their jobs, the live topic."""

import time

import msgspec
from django.db import DatabaseError

from monitoring.actions.import_rules import RuleRefused, import_rules
from monitoring.actions.judge_modules import judge_modules
from monitoring.models import Rule
from riskgw.bus.connection import Client
from riskgw.bus.live import publish
from riskgw.celery import DEFAULT_QUEUE
from riskgw.cep.spec import RuleSpec
from riskgw.plugins.follower import Follower
from riskgw.plugins.jobs import Jobs
from riskgw.plugins.loader import Loaded
from riskgw.plugins.metrics import register_metrics
from riskgw.plugins.overview import overview
from riskgw.plugins.registry import Registry
from riskgw.reference.models import FunctionModule

# A faulty rule, or a database that is away, is tried again after so long.
_RETRY_SECONDS = 30.0


class ModuleWork:
    """Of one worker; `look` is called about once a second."""

    def __init__(self, modules: Registry) -> None:
        self._modules = modules
        self._follower = Follower(modules, DEFAULT_QUEUE)
        self._jobs = Jobs(modules)
        self._registered: dict[str, tuple[Loaded, float | None]] = {}

    def look(self, client: Client) -> None:
        self._follower.start()
        self._register()
        self._jobs.look(client)
        publish(client, "modules", overview(client, self._modules))
        judge_modules(client)

    def _register(self) -> None:
        """What a module brings is there before its first job runs."""
        for name, slot in self._modules.slots.items():
            loaded = slot.loaded
            if not slot.is_running or loaded is None or not self._is_due(name, loaded):
                continue
            try:
                register(loaded)
            except (RuleRefused, msgspec.ValidationError, DatabaseError) as error:
                self._modules.conduct(name).note("what it brings along", error)
                self._registered[name] = loaded, time.monotonic()
            else:
                self._registered[name] = loaded, None

    def _is_due(self, name: str, loaded: Loaded) -> bool:
        before, failed_at = self._registered.get(name, (None, None))
        if before is not loaded:
            return True
        return failed_at is not None and time.monotonic() - failed_at > _RETRY_SECONDS


def register(loaded: Loaded) -> None:
    """Rows for a module's metrics; its rules as drafts that people may put into force."""
    manifest, pin = loaded.manifest, loaded.pin
    if manifest.metrics:
        defaults = {"origin": pin.origin, "path": pin.path, "is_enabled": True}
        row, _ = FunctionModule.objects.get_or_create(name=pin.name, defaults=defaults)
        register_metrics(row, manifest)
    specs = [msgspec.convert(dict(each), RuleSpec) for each in manifest.rules]
    known = set(Rule.objects.values_list("code", flat=True)) if specs else set()
    import_rules([spec for spec in specs if spec.code not in known], mode="draft")
