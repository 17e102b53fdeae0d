"""The application's pages: who reaches them, in which language, and what may run there."""

import json
import re
from http import HTTPStatus
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import translation
from django.views.defaults import server_error

from tests.pages import signed_in

pytestmark = pytest.mark.django_db

PASSWORD = "correct-horse-7"


@pytest.fixture
def user() -> User:
    return User.objects.create_user("somebody", password=PASSWORD)


def log_in(client: Client, password: str = PASSWORD, follow_to: str = "") -> Any:
    form = {"username": "somebody", "password": password, "next": follow_to}
    return client.post("/login/", form)


@pytest.mark.parametrize("path", ["/app/", "/app/overview", "/app/alerts?level=limit"])
def test_a_stranger_is_sent_to_the_log_in(path: str) -> None:
    answer = Client().get(path)
    assert answer.status_code == HTTPStatus.FOUND
    assert answer["Location"].startswith("/login/?next=/app/")


def test_the_front_door_leads_to_the_overview() -> None:
    assert Client().get("/")["Location"] == "/app/"


def test_after_the_log_in_one_is_where_one_wanted_to_be(user: User) -> None:
    assert log_in(Client(), follow_to="/app/alerts")["Location"] == "/app/alerts"
    assert log_in(Client())["Location"] == "/"
    elsewhere = log_in(Client(), follow_to="https://elsewhere.example/")
    assert elsewhere["Location"] == "/"


def test_logging_out_needs_a_post_and_ends_the_session(user: User) -> None:
    client = Client()
    log_in(client)
    assert client.get("/logout/").status_code == HTTPStatus.METHOD_NOT_ALLOWED
    assert client.post("/logout/")["Location"] == "/login/"
    assert client.get("/app/").status_code == HTTPStatus.FOUND


@pytest.mark.parametrize(
    ("language", "word"), [("en", "User name and password"), ("zh-hans", "用户名")]
)
def test_a_wrong_password_is_said_in_the_users_language(
    user: User, language: str, word: str
) -> None:
    client = Client()
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = log_in(client, "wrong").content.decode()
    assert word in page
    assert f'<html lang="{language}">' in page


def test_who_guesses_too_often_is_locked_out_and_told(user: User) -> None:
    client = Client()
    for _ in range(settings.AXES_FAILURE_LIMIT):
        answer = log_in(client, "wrong")
    assert answer.status_code == HTTPStatus.TOO_MANY_REQUESTS
    assert "Too many failed attempts" in answer.content.decode()
    assert log_in(client).status_code == HTTPStatus.TOO_MANY_REQUESTS


def test_the_page_brings_the_session_and_our_own_script_only() -> None:
    page = signed_in("trader").get("/app/alerts")
    text = page.content.decode()
    found = re.search(r'<script id="session" type="application/json">(.*?)</script>', text)
    assert found is not None
    session = json.loads(found[1])
    assert (session["user"], session["roles"]) == ("trader", ["trader"])
    assert '<div id="app">' in text
    assert re.findall(r'<script type="module" src="([^"]+)"', text) == ["/static/app/main.js"]
    assert page.cookies["csrftoken"].value


@pytest.mark.parametrize("path", ["/login/", "/app/", "/api/docs/"])
def test_a_page_allows_nothing_from_elsewhere(path: str) -> None:
    client = Client() if path == "/login/" else signed_in("trader")
    policy = client.get(path)["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy  # as default-src: no inline script, no eval


def test_the_api_describes_itself_to_who_is_logged_in() -> None:
    client = signed_in("trader")
    schema = client.get("/api/schema/?format=json").json()
    assert "/api/v1/alerts/{id}/acknowledge" in schema["paths"]
    page = client.get("/api/docs/").content.decode()
    assert re.findall(r"https?://", page) == []
    assert Client().get("/api/schema/").status_code == HTTPStatus.UNAUTHORIZED
    assert Client().get("/api/docs/")["Location"].startswith("/login/")


def test_the_site_says_that_it_is_well_and_nothing_else() -> None:
    assert Client().get("/healthz").json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("language", "words"), [("en", "This page was out of date"), ("zh-hans", "页面已过期")]
)
def test_a_form_that_is_out_of_date_is_refused_in_the_users_language(
    language: str, words: str
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["django_language"] = language
    answer = client.post("/login/", {"username": "zhao", "password": "x"})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert words in answer.content.decode()


def test_a_failure_is_said_without_knowing_anything_of_the_request() -> None:
    for language, words in (("en", "Something has failed here"), ("zh-hans", "程序出错")):
        with translation.override(language):
            answer = server_error(RequestFactory().get("/"))
        assert answer.status_code == HTTPStatus.INTERNAL_SERVER_ERROR
        assert words in answer.content.decode()
