"""What a strategy sets of a pair: sources, aggregation, cleansing, spreads, skew, limits, TTLs.

Limits are the tighter of the strategy's and those of the pair: who chooses a strategy cannot widen
what risk has set.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from quoting.domain.aggregation import Algorithm
from quoting.domain.auto_stop import StopRules
from quoting.domain.cleansing import CleansingRules
from quoting.domain.limits import NO_LIMIT, Limit
from quoting.domain.settings import PairSettings, Ttls
from quoting.domain.spread import SpreadRules
from riskgw.kernel.times import NS_PER_SECOND

TEXT_BYTES_MAX = 16 * 1024
_NUMBER_MAX = 1 << 53
_MINUTES_PER_DAY = 24 * 60
# What may be below zero: it moves both prices, either way.
_SIGNED = frozenset(("spread.skew",))
# What is nothing at zero.
_POSITIVE = frozenset(("spread.grid", "spread.spread_min", "change_min", "cleansing.good_ticks"))
_SIGNED_MAPS = ("spread.base", "spread.tiers.", "spread.channels.", "spread.groups.")


class StrategySettings(msgspec.Struct, frozen=True):
    """Without `choices`, those of the pair."""

    choices: Mapping[str, tuple[str, ...]] = {}
    algorithm: Algorithm = Algorithm.BEST
    ranks: tuple[str, ...] = ()
    failback_ns: int = 5 * NS_PER_SECOND
    cross_max: int = 0
    cleansing: CleansingRules = CleansingRules()
    spread: SpreadRules = SpreadRules()
    ttls: Ttls = Ttls()
    change_min: int = 1
    limit: Limit = NO_LIMIT
    breach_takes_both: bool = False
    keeps_adjust: bool = True
    tolerance: int = 0
    ticket_ns: int = 10 * NS_PER_SECOND
    stops: StopRules = StopRules()


class Fault(NamedTuple):
    """Where in the settings, and what is wrong there."""

    path: str
    code: str


class StrategyFaulty(ValueError):
    """Settings that no price can be made by."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.code}" for fault in faults))
        self.faults = faults


def read(given: Any) -> StrategySettings:
    """Settings out of plain values; every field that is not known or not possible is named."""
    if len(msgspec.json.encode(given)) > TEXT_BYTES_MAX:
        raise StrategyFaulty([Fault("", "too_long")])
    try:
        settings = msgspec.convert(given, StrategySettings, str_keys=True)
    except msgspec.ValidationError as error:
        text, _, where = str(error).partition(" - at `$")
        raise StrategyFaulty([Fault(where.strip("`."), text)]) from None
    plain = plain_of(settings)
    faults = [*_unknown(given, plain), *_impossible(plain), *_inconsistent(settings)]
    if faults:
        raise StrategyFaulty(faults)
    return settings


def plain_of(settings: StrategySettings) -> dict[str, Any]:
    """As it is stored and shown."""
    plain: dict[str, Any] = msgspec.to_builtins(settings, str_keys=True)
    return plain


def applied(pair: PairSettings, strategy: StrategySettings) -> PairSettings:
    """The pair as the strategy has it."""
    return msgspec.structs.replace(
        pair,
        choices=strategy.choices or pair.choices,
        algorithm=strategy.algorithm,
        ranks=strategy.ranks,
        failback_ns=strategy.failback_ns,
        cross_max=strategy.cross_max,
        cleansing=strategy.cleansing,
        spread=strategy.spread,
        ttls=strategy.ttls,
        change_min=strategy.change_min,
        limit=tightest(pair.limit, strategy.limit),
        breach_takes_both=strategy.breach_takes_both,
        keeps_adjust=strategy.keeps_adjust,
        deals=msgspec.structs.replace(
            pair.deals, tolerance=strategy.tolerance, ticket_ns=strategy.ticket_ns
        ),
        stops=strategy.stops,
    )


def tightest(one: Limit, other: Limit) -> Limit:
    """What both allow; 0 allows everything."""
    return Limit(
        _least(one.single_max, other.single_max),
        _least(one.net_max, other.net_max),
        _least(one.gross_max, other.gross_max),
    )


def _least(one: int, other: int) -> int:
    return min(one, other) if one and other else one or other


def _unknown(given: Any, plain: Any, path: str = "") -> Iterator[Fault]:
    """Names that were said and mean nothing."""
    if isinstance(given, Mapping) and isinstance(plain, Mapping):
        for name, inner in given.items():
            where = f"{path}.{name}" if path else str(name)
            if name in plain:
                yield from _unknown(inner, plain[name], where)
            else:
                yield Fault(where, "unknown")
    elif isinstance(given, list) and isinstance(plain, list | tuple):
        for place, (one, other) in enumerate(zip(given, plain, strict=False)):
            yield from _unknown(one, other, f"{path}.{place}")


def _impossible(plain: Any, path: str = "") -> Iterator[Fault]:
    """Numbers out of bounds."""
    if isinstance(plain, Mapping):
        for name, inner in plain.items():
            yield from _impossible(inner, f"{path}.{name}" if path else name)
    elif isinstance(plain, list | tuple):
        for place, inner in enumerate(plain):
            yield from _impossible(inner, f"{path}.{place}")
    elif type(plain) is int:
        is_signed = path in _SIGNED or path.startswith(_SIGNED_MAPS)
        least = -_NUMBER_MAX if is_signed else int(path in _POSITIVE)
        if not least <= plain <= _NUMBER_MAX:
            yield Fault(path, "out_of_bounds")


def _inconsistent(settings: StrategySettings) -> Iterator[Fault]:
    spread = settings.spread
    if spread.spread_max and spread.spread_max < spread.spread_min:
        yield Fault("spread.spread_max", "below_minimum")
    for place, span in enumerate(spread.times):
        if max(span.first_minute, span.end_minute) > _MINUTES_PER_DAY:
            yield Fault(f"spread.times.{place}", "no_minute_of_the_day")
    if settings.algorithm is Algorithm.PRIMARY and not settings.ranks:
        yield Fault("ranks", "needed_by_primary")
    for name, sources in settings.choices.items():
        if not name or not sources:
            yield Fault(f"choices.{name}", "empty")
