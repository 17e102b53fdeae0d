"""Commands that tests give: some take their time in the database, one fails."""

import time
from typing import Any, ClassVar

from django.contrib.auth.models import User
from rest_framework import serializers

from riskgw.routing import COMMANDS
from riskgw.web.handlers import LOGGED_IN, Answer, Command, Handler


class WaitArguments(serializers.Serializer[Any]):
    """For how long."""

    seconds = serializers.FloatField()


class Wait(Handler):
    """Keeps a database connection for a while."""

    arguments = WaitArguments

    def answer(self) -> Answer:
        time.sleep(self.values["seconds"])
        return Answer(User.objects.count())


class NoteArguments(WaitArguments):
    """What is noted, after how long."""

    word = serializers.CharField()


class Note(Handler):
    """Says what has been done so far, this included."""

    arguments = NoteArguments
    noted: ClassVar[list[str]] = []

    def answer(self) -> Answer:
        time.sleep(self.values["seconds"])
        self.noted.append(self.values["word"])
        return Answer(list(self.noted))


class Fail(Handler):
    """Is broken."""

    def answer(self) -> Answer:
        raise RuntimeError("a secret that belongs into the log")


TEST_COMMANDS = {
    **COMMANDS,
    "wait": Command(Wait, LOGGED_IN),
    "note": Command(Note, LOGGED_IN, sequence="notes"),
    "stop": Command(Note, LOGGED_IN, sequence="notes", is_urgent=True),
    "fail": Command(Fail, LOGGED_IN),
}
