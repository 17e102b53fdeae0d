"""Whether a key may report for a host: a host is the key's that reported first, a key has one.

More hosts a key, or another key a host, is set in the admin.
"""

from django.db import transaction

from monitoring.actions.store_samples import HOSTS_MAX
from monitoring.models import Host
from riskgw.reference.models import ApiKey


class NotItsHost(Exception):
    """Somebody else's host; says what the key may report for."""


def claim_host(name: str, key: int | None) -> None:
    """Nothing happens where the host is the key's already; without a key nothing is claimed."""
    host = Host.objects.filter(name=name).select_related("key").first()
    if host is not None and host.key_id == key:
        return
    if host is not None and host.key is not None and host.key.is_active:
        raise NotItsHost(f"Another key reports for {name}.")
    if key is not None:
        _claim(name, key)


@transaction.atomic
def _claim(name: str, key: int) -> None:
    """One claim of a key at a time."""
    ApiKey.objects.select_for_update().get(pk=key)
    held = Host.objects.filter(key=key).values_list("name", flat=True).first()
    if held is not None:
        raise NotItsHost(f"This key reports for {held}.")
    if Host.objects.filter(name=name).exists() or Host.objects.count() < HOSTS_MAX:
        Host.objects.update_or_create(name=name, defaults={"key_id": key})
