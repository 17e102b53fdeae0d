"""Who is asking: the session as REST and as part of the application's page."""

from typing import Any, TypedDict

from django.conf import settings
from django.contrib.auth.models import User
from django.utils.translation import get_language
from rest_framework import serializers

from riskgw.web.handlers import Answer, Handler


class Session(TypedDict):
    """Who is logged in, what they may do, and which world this is."""

    user: str
    roles: list[str]
    permissions: list[str]
    language: str
    environment: str
    is_staff: bool


class SessionResult(serializers.Serializer[Any]):
    """A session."""

    user = serializers.CharField()
    roles = serializers.ListField(child=serializers.CharField())
    permissions = serializers.ListField(child=serializers.CharField())
    language = serializers.ChoiceField(settings.LANGUAGES)
    environment = serializers.ChoiceField(["simulated", "production"])
    is_staff = serializers.BooleanField()


class LanguageArguments(serializers.Serializer[Any]):
    """The language to go on in."""

    language = serializers.ChoiceField(settings.LANGUAGES)


def session_of(user: User, language: str | None = None) -> Session:
    return {
        "user": user.get_username(),
        "roles": sorted(user.groups.values_list("name", flat=True)),
        "permissions": sorted(user.get_all_permissions()),
        "language": language or get_language() or settings.LANGUAGE_CODE,
        "environment": "production" if settings.IS_PRODUCTION else "simulated",
        "is_staff": user.is_staff,
    }


class ShowSession(Handler):
    """The user, roles, permissions and language of this session."""

    result = SessionResult

    def answer(self) -> Answer:
        return self.rendered(session_of(self.user))


class SetLanguage(Handler):
    """Go on in another language; the browser remembers it."""

    arguments = LanguageArguments
    result = SessionResult

    def answer(self) -> Answer:
        language = self.values["language"]
        session = self.rendered(session_of(self.user, language))
        return Answer(session.data, {settings.LANGUAGE_COOKIE_NAME: language})
