"""What the desk commands over the live socket, and what it takes to."""

from quoting.api.gestures import (
    AnswerTicket,
    EnableProvider,
    FeedPair,
    ReleasePair,
    ResizeLevel,
    SayAlive,
    StopBook,
    TouchCells,
    TypePrice,
)
from quoting.api.listings import ListDeals
from quoting.api.pairs import PreviewSettings, ShowDetails, ShowUsage
from quoting.api.strategies import ChooseStrategy, ListStrategies, SaveStrategy, SwitchDealMode
from riskgw.web.handlers import Command

_SEE, _QUOTE, _STOP = "quoting.view_pair", "quoting.quote", "quoting.stop_quoting"
# A trader's gestures stand in the order made.
_GESTURES = "quoting"
_SEE_STRATEGIES, _SET_STRATEGIES = "quoting.view_strategy", "quoting.change_strategy"

COMMANDS = {
    "quoting.touch": Command(TouchCells, _QUOTE, sequence=_GESTURES),
    "quoting.feed": Command(FeedPair, _QUOTE, sequence=_GESTURES),
    "quoting.resize": Command(ResizeLevel, _QUOTE, sequence=_GESTURES),
    "quoting.stop_all": Command(StopBook, _STOP, sequence=_GESTURES, is_urgent=True),
    "quoting.release": Command(ReleasePair, _QUOTE, sequence=_GESTURES),
    "quoting.enable": Command(EnableProvider, _QUOTE, sequence=_GESTURES),
    "quoting.type": Command(TypePrice, _QUOTE, sequence=_GESTURES),
    "quoting.ticket": Command(AnswerTicket, _QUOTE, sequence=_GESTURES),
    "quoting.alive": Command(SayAlive, _QUOTE),
    "quoting.details": Command(ShowDetails, _SEE),
    "quoting.usage": Command(ShowUsage, _SEE),
    "quoting.preview": Command(PreviewSettings, _SET_STRATEGIES),
    "quoting.strategies": Command(ListStrategies, _SEE_STRATEGIES),
    "quoting.save_strategy": Command(SaveStrategy, _SET_STRATEGIES),
    "quoting.choose_strategy": Command(ChooseStrategy, _SET_STRATEGIES),
    "quoting.deal_mode": Command(SwitchDealMode, _QUOTE),
    "quoting.deals": Command(ListDeals, "quoting.view_deal"),
}
