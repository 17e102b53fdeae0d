"""One way out: whether its session stands, the numbers of its quotes, and room for messages."""

from quoting.domain.settings import ChannelSettings
from quoting.domain.throttle import Throttle

# Quotes whose answers are waited for; beyond, the oldest answer finds nobody.
ASKED_MAX = 8_192
EVERYBODY = ""


class Channel:
    """Quotes are numbered without gaps, by channel."""

    __slots__ = ("_asked", "is_up", "quotes", "settings", "throttle", "waiting")

    def __init__(self, settings: ChannelSettings) -> None:
        self.settings = settings
        self.is_up = False
        self.quotes = 0
        self.throttle = Throttle(settings.per_second, settings.burst)
        # Pairs whose prices wait for room, the first first.
        self.waiting: dict[str, None] = {}
        self._asked: dict[int, str] = {}

    def configure(self, settings: ChannelSettings) -> None:
        self.settings = settings
        self.throttle = Throttle(settings.per_second, settings.burst, self.throttle.empty_ns)

    def next_quote(self, pair: str) -> int:
        """The number of a message about a pair, or about `EVERYBODY`."""
        self.quotes += 1
        if len(self._asked) >= ASKED_MAX:
            del self._asked[next(iter(self._asked))]
        self._asked[self.quotes] = pair
        return self.quotes

    def answered(self, quote: int) -> str | None:
        """Whose quote it was; None if nobody waits for it."""
        return self._asked.pop(quote, None)

    def has_room(self, pair: str, at_ns: int) -> bool:
        """Whether prices of the pair may go now; if not they wait behind those that wait already.

        Whoever waits is asked first, so that a busy pair does not keep others from the channel.
        """
        first = next(iter(self.waiting), pair)
        if first == pair and self.throttle.take(at_ns):
            self.waiting.pop(pair, None)
            return True
        self.waiting[pair] = None
        return False

    def up(self) -> None:
        self.is_up = True
        self._asked.clear()

    def down(self) -> None:
        self.is_up = False
        self.waiting.clear()
        self._asked.clear()
