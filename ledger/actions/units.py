"""A new business unit: its row, a user nobody can sign in as, and its first key."""

from django.contrib.auth.models import Group, User
from django.db import transaction

from ledger.models import BusinessUnit
from riskgw.reference.api_keys import new_key, store_key

ROLE = "unit"


def user_of_unit(name: str) -> User:
    """Its transactions carry this name."""
    user = User(username=f"unit:{name}")
    user.set_unusable_password()
    user.save()
    role, _ = Group.objects.get_or_create(name=ROLE)
    user.groups.add(role)
    return user


def open_unit(unit: BusinessUnit) -> str:
    """The key, which nobody can read afterwards."""
    key = new_key()
    with transaction.atomic():
        unit.user = user_of_unit(unit.name)
        unit.save()
        store_key(unit.name, unit.user, key)
    return key
