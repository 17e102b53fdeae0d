"""Tokens ahead of Django: whose they are, and for how long one that is withdrawn is still known."""

import time
from typing import Any

import pytest
from django.contrib.auth.models import User
from rest_framework.authtoken.models import Token

from riskgw.reference.known_owners import KNOWN_SECONDS
from riskgw.reference.tokens import token_owners
from tests.pages import signed_in

pytestmark = pytest.mark.django_db

RESTRICT = "monitoring.add_restriction"


def token_of(name: str) -> str:
    signed_in("risk", name)
    made: str = Token.objects.create(user=User.objects.get(username=name)).key
    return made


def test_whose_a_token_is_with_their_permissions(django_assert_num_queries: Any) -> None:
    token = token_of("officer")
    user = token_owners.asked(token)
    assert user is not None
    with django_assert_num_queries(0):
        assert token_owners.known(token) == (user, False)
        assert user.get_username() == "officer"
        assert user.has_perm(RESTRICT)
        assert not user.has_perm("monitoring.add_host")
    for wrong in ("", token[:-1], token.upper() + "x", "x" * 10_000):
        assert token_owners.asked(wrong) is None


def test_who_may_not_any_more_is_known_no_longer_than_a_second() -> None:
    tokens = {name: token_of(name) for name in ("withdrawn", "locked", "stripped", "anew")}
    for each in tokens.values():
        assert token_owners.asked(each) is not None
    Token.objects.filter(user__username__in=("withdrawn", "anew")).delete()
    Token.objects.create(user=User.objects.get(username="anew"))
    User.objects.filter(username="locked").update(is_active=False)
    User.objects.get(username="stripped").groups.clear()
    time.sleep(KNOWN_SECONDS)
    assert not any(map(token_owners.known, tokens.values()))
    users = {name: token_owners.asked(each) for name, each in tokens.items()}
    stripped = users.pop("stripped")
    assert stripped is not None
    assert not stripped.has_perm(RESTRICT)
    assert not any(users.values())
