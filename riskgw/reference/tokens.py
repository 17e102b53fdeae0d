"""Who asks with a token, ahead of Django: `Authorization: Token …`."""

from collections.abc import Collection

from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from riskgw.reference.known_owners import KnownOwners


def _stored_owners(tokens: Collection[str]) -> dict[str, User]:
    """By token."""
    found = Token.objects.filter(key__in=tokens, user__is_active=True).select_related("user")
    owners = {}
    for token in found:
        user = owners[token.key] = token.user
        user.get_all_permissions()
    return owners


token_owners = KnownOwners(_stored_owners)
