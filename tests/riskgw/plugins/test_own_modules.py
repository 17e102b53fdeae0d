"""The product's own modules: disabled, exactly what is theirs says so, by every way in."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import URLPattern, URLResolver
from rest_framework.exceptions import APIException

from riskgw import urls
from riskgw.plugins.offered import Kinds, StoppedTopics
from riskgw.plugins.pins import own_pins, pins
from riskgw.plugins.registry import registry
from riskgw.reference.models import FunctionModule
from riskgw.routing import COMMANDS, TOPICS, live_site
from riskgw.urls import ENDPOINTS
from riskgw.web.handlers import Call, Endpoint
from riskgw.web.problems import Problem
from tests.function_modules import CHECKSUM
from tests.pages import ADMIN, address, as_shown, signed_in
from tests.queue_server import QueueServer

pytestmark = pytest.mark.django_db
OWN = sorted(own_pins())
# mypy has no common type for what stands there.
PATTERNS: list[Any] = list(urls.urlpatterns)


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    registry().follow(own_pins())


def switch(client: Client, name: str, gesture: str) -> int:
    answer = client.post(f"/api/v1/modules/{name}/{gesture}", {"note": "so"}, "application/json")
    registry().follow(pins())
    return int(answer.status_code)


def stopped_rows(client: Client, rows: Sequence[Endpoint] = ENDPOINTS) -> dict[str, str]:
    """What says that its module is disabled, with the module it names."""
    found = {}
    for row in rows:
        path = re.sub(r"<[^>]+>", "999999", row.path)
        answer = client.generic(row.method, f"/api/v1/{path}", content_type="application/json")
        if answer.status_code == 503 and answer.json()["type"] == "urn:riskgw:module_disabled":
            found[f"{row.method} {row.path}"] = answer.json()["errors"][0]["detail"]
    return found


@pytest.mark.parametrize("name", OWN)
def test_disabled_exactly_its_addresses_topics_and_commands_say_so(name: str) -> None:
    client = signed_in(ADMIN)
    assert switch(client, name, "disable") == 200
    own = {f"{row.method} {row.path}": name for row in ENDPOINTS if row.module == name}
    assert own
    assert stopped_rows(client) == own
    loaded = registry().slots[name].loaded
    assert loaded is not None
    assert set(StoppedTopics(registry())) == {topic.name for topic in loaded.manifest.topics}
    assert stopped_commands() == set(loaded.manifest.commands)
    assert stopped_pages() == ({"/login/"} if name == "public_service" else set())
    assert switch(client, name, "load") == 200
    theirs = [row for row in ENDPOINTS if row.module == name]
    assert (stopped_rows(client, theirs), stopped_commands(), stopped_pages()) == ({}, set(), set())
    assert set(StoppedTopics(registry())) == set()


def stopped_commands() -> set[str]:
    """A stranger asks: who is refused for another reason is not stopped."""
    site, found = live_site(), set()
    for name, command in COMMANDS.items():
        try:
            site.answering(command, Call(User(), {}))
        except Problem as problem:
            if problem.code == "module_disabled":
                found.add(name)
        except APIException:
            continue
    return found


def stopped_pages() -> set[str]:
    """Of what stands in the table of addresses beside endpoints and the admin's own."""
    found = set()
    for each in PATTERNS:
        route = "/" + re.sub(r"<[^>]+>", "place", str(each.pattern))
        if isinstance(each, URLPattern) and Client().get(route).status_code == 503:
            found.add(route)
    return found


def test_the_rows_of_endpoints_are_all_there_is_below_the_address_of_the_api() -> None:
    (api,) = (each for each in PATTERNS if str(each.pattern) == "api/v1/")
    assert isinstance(api, URLResolver)
    routed = {str(each.pattern) for each in api.url_patterns}
    rows = {row.path for row in ENDPOINTS}
    assert routed - rows == {"", "modules/<str:module>/<path:rest>"}
    assert rows <= routed
    assert {row.module for row in ENDPOINTS} - {""} == set(OWN)


def test_without_the_public_service_nobody_logs_in_but_the_administrator_can() -> None:
    assert switch(signed_in(ADMIN), "public_service", "disable") == 200
    page = Client().get("/login/")
    assert page.status_code == 503
    assert "public_service" in page.content.decode()
    assert Client().get("/admin/login/").status_code == 200
    assert switch(signed_in(ADMIN), "public_service", "load") == 200
    assert Client().get("/login/").status_code == 200


def test_what_is_so_already_is_not_ordered_again_and_who_did_what_is_kept() -> None:
    client = signed_in("ops")
    assert switch(client, "service", "load") == 409
    assert switch(client, "nothing", "load") == 404
    assert switch(client, "service", "disable") == 200
    assert switch(client, "service", "reload") == 409
    newest = FunctionModule.history.filter(name="service").latest()
    assert (newest.history_user.username, newest.history_change_reason) == ("ops", "disable")
    assert (newest.note, newest.is_enabled) == ("so", False)


def test_only_who_may_pins_and_what_is_pinned_is_an_order() -> None:
    wanted = {"name": "holiday", "origin": "folder", "path": "holiday.py", "settings": "{}"}
    add = address("functionmodule", "add")
    assert signed_in("ops").post(add, wanted | {"sha256": CHECKSUM}).status_code == 403
    client = signed_in(ADMIN)
    for wrong in ("", "abc", CHECKSUM.upper()):
        assert client.post(add, wanted | {"sha256": wrong}).status_code == 200
    assert client.post(add, wanted | {"sha256": CHECKSUM}).status_code == 302
    row = FunctionModule.objects.get(name="holiday")
    page = address("functionmodule", "change", row)
    assert client.post(page, as_shown(client.get(page)) | {"path": "other.py"}).status_code == 302
    changed = FunctionModule.objects.get(name="holiday")
    assert changed.revision == row.revision + 1
    assert changed.path == "other.py"


def test_states_are_shown_to_those_who_may_see_them(queue: QueueServer) -> None:
    shown = signed_in("auditor").get("/api/v1/modules").json()
    assert {each["name"] for each in shown["modules"]} >= set(OWN)
    assert shown["candidates"] == []


def test_the_hub_hears_every_topic_that_is_offered() -> None:
    # Families have an origin of their own, which says their kind.
    assert set(Kinds(registry())) | set(live_site().families) == set(TOPICS)
