"""Who was let in with a secret a moment ago, so that not each request asks the database."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from django.contrib.auth.models import User

# A secret that is withdrawn, or whose user loses a right, opens its doors no longer than this.
KNOWN_SECONDS = 1.0
# After so long whoever has the time may ask for it again.
_AGING_SECONDS = 0.5
# Of so many secrets, used no longer ago: agents report every five seconds.
_KNOWN_MAX, _USED_SECONDS = 1_000, 15.0

# Users by those of the secrets, or their digests, that let somebody in; with their permissions.
Stored = Callable[[Collection[str]], Mapping[str, User]]


@dataclass
class _Known:
    """Who was let in; their permissions stay with the user object. In monotonic seconds."""

    user: User
    asked: float
    used: float


class KnownOwners:
    """Of secrets of one kind, or their digests."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored
        self._known: dict[str, _Known] = {}
        self._asking = threading.Lock()

    def known(self, secret: str) -> tuple[User, bool] | None:
        """Who was let in a moment ago, and whether it is time to ask again."""
        known, now = self._known.get(secret), time.monotonic()
        if known is None or now >= known.asked + KNOWN_SECONDS:
            return None
        known.used = now
        return known.user, now > known.asked + _AGING_SECONDS

    def asked(self, secret: str) -> User | None:
        """As the database has it; None for a stranger.

        All secrets that were used lately are asked for together: hundreds of agents report every
        few seconds, each by a key of its own, and whoever comes next finds theirs known.
        """
        began = time.monotonic()
        with self._asking:
            known = self._known.get(secret)
            if known is None or known.asked <= began:
                self._ask(secret)
                known = self._known.get(secret)
        if known is None:
            return None
        known.used = time.monotonic()
        return known.user

    def _ask(self, secret: str) -> None:
        """For this one and for those that are to be asked for again; who has none is gone."""
        now = time.monotonic()
        if len(self._known) >= _KNOWN_MAX:
            self._known.clear()
        aging = {each for each, known in self._known.items() if known.asked < now - _AGING_SECONDS}
        wanted = {each for each in aging if self._known[each].used > now - _USED_SECONDS}
        owners = self._stored(wanted | {secret})
        for each, user in owners.items():
            before = self._known.get(each)
            self._known[each] = _Known(user, now, before.used if before is not None else now)
        for each in aging | {secret}:
            if each not in owners:
                self._known.pop(each, None)
