"""Commands that tests give: one that takes its time in the database, one that fails."""

import time
from typing import Any

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


class Fail(Handler):
    """Is broken."""

    def answer(self) -> Answer:
        raise RuntimeError("a secret that belongs into the log")


TEST_COMMANDS = {
    **COMMANDS,
    "wait": Command(Wait, LOGGED_IN),
    "fail": Command(Fail, LOGGED_IN),
}
