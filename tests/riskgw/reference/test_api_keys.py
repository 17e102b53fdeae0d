"""API keys: who comes in with one, and what is kept of it."""

import time
from http import HTTPStatus
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from riskgw.reference.api_keys import (
    counters_of,
    key_of,
    new_key,
    owner_of,
    store_key,
)
from riskgw.reference.known_owners import KNOWN_SECONDS
from riskgw.reference.models import ApiKey, Counter
from tests.pages import signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def user() -> User:
    signed_in("counter")
    return User.objects.get(username="counter")


def asked(key: str, address: str = "restrictions") -> Any:
    return Client().get(f"/api/v1/{address}", headers={"authorization": f"Api-Key {key}"})


def test_only_the_digest_of_a_key_is_kept(user: User) -> None:
    key = new_key()
    row = store_key("test", user, key)
    assert key not in str(ApiKey.objects.values().get())
    assert key.startswith(row.prefix)
    assert store_key("again", user, key) == row


def test_who_has_a_key_comes_in_and_nobody_else(user: User) -> None:
    key = new_key()
    store_key("test", user, key)
    assert asked(key).status_code == HTTPStatus.OK
    for wrong in (new_key(), "", key[:-1], "x" * 10_000):
        answer = asked(wrong)
        assert answer.status_code == HTTPStatus.UNAUTHORIZED
        assert answer["Content-Type"] == "application/problem+json"


def test_a_counter_may_not_what_people_may(user: User) -> None:
    key = new_key()
    store_key("test", user, key)
    for address in ("alerts", "orders", "ledger/accounts", "thresholds"):
        assert asked(key, address).status_code == HTTPStatus.FORBIDDEN


def test_a_key_that_is_withdrawn_or_whose_user_is_locked_opens_nothing(user: User) -> None:
    key = new_key()
    row = store_key("test", user, key)
    row.is_active = False
    row.save()
    assert owner_of(key) is None
    row.is_active = True
    row.save()
    User.objects.update(is_active=False)
    assert asked(key).status_code == HTTPStatus.UNAUTHORIZED


def test_keys_say_whose_accounts_their_user_may_ask_of(user: User) -> None:
    assert counters_of(user) is None
    for code in ("ALPHA", "BETA"):
        store_key(code, user, new_key(), Counter.objects.create(code=code))
    assert counters_of(user) == frozenset(("ALPHA", "BETA"))
    store_key("all", user, new_key())
    assert counters_of(user) is None


def test_who_was_let_in_is_asked_for_again_after_a_moment(
    user: User, django_assert_num_queries: Any
) -> None:
    key = new_key()
    row = store_key("test", user, key)
    known = owner_of(key)
    assert known is not None
    with django_assert_num_queries(0):
        assert owner_of(key) is known
        assert counters_of(known) is None
    row.is_active = False
    row.save()
    time.sleep(KNOWN_SECONDS)
    assert owner_of(key) is None


def test_keys_that_were_used_lately_are_asked_for_together(
    user: User, django_assert_num_queries: Any
) -> None:
    keys = [new_key() for _ in range(5)]
    rows = [store_key(f"agent {number}", user, key) for number, key in enumerate(keys)]
    for key in keys:
        assert owner_of(key) is not None
    rows[1].is_active = False
    rows[1].save()
    time.sleep(KNOWN_SECONDS)
    first = owner_of(keys[0])
    assert first is not None
    with django_assert_num_queries(1):
        assert owner_of(keys[1]) is None
    with django_assert_num_queries(0):
        found = [owner_of(key) for key in (keys[0], *keys[2:])]
    assert found[0] is first
    assert [key_of(each) for each in found if each] == [rows[n].pk for n in (0, 2, 3, 4)]
    assert [each.has_perm("monitoring.check_orders") for each in found if each] == [True] * 4


def test_whose_right_is_taken_is_refused_though_others_are_asked_for(user: User) -> None:
    mine, theirs = new_key(), new_key()
    store_key("mine", user, mine)
    signed_in("counter", "other")
    store_key("theirs", User.objects.get(username="other"), theirs)
    assert asked(theirs).status_code == HTTPStatus.OK
    assert owner_of(mine) is not None
    user.groups.clear()
    time.sleep(KNOWN_SECONDS)
    assert asked(theirs).status_code == HTTPStatus.OK
    assert asked(mine).status_code == HTTPStatus.FORBIDDEN
