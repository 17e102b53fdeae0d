"""The moment of the observation being judged: what session windows and the trading clock go by."""

from riskgw.cep.observation import Observation
from riskgw.cep.sessions import Moment, Sessions


class Moments:
    """Looked up once for all who ask about the same observation."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self._latest: Observation | None = None
        self._moment = Moment("", 0, 0)

    def of(self, observation: Observation) -> Moment:
        if observation is not self._latest:
            self._latest = observation
            self._moment = self.sessions.moment(
                observation.contract or observation.exchange, observation.time_ns
            )
        return self._moment

    def replace(self, sessions: Sessions) -> None:
        """Calendars or phases have changed: what was looked up is looked up again."""
        self.sessions, self._latest = sessions, None
