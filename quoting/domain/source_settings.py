"""What people set of a data source: what it is, where it is, which pairs are asked of it."""

from enum import StrEnum

import msgspec

from quoting.domain.digits import DECIMALS_MAX

PAIRS_MAX = 200
DEPTH_MAX = 20
_PORT_MAX = 65_535


class SourceKind(StrEnum):
    """The shapes that sources come in; docs/protocols/sources.md has their layouts."""

    CMDS = "cmds"
    REUTERS = "reuters"
    BANK = "bank"
    MANUAL = "manual"
    TAPE = "tape"


# Those that are reached by a host and a port.
REMOTE = frozenset({SourceKind.CMDS, SourceKind.REUTERS, SourceKind.BANK})


class SourcePair(msgspec.Struct, frozen=True):
    """A pair, how many decimals a tick of it has, and what the source calls it."""

    pair: str
    decimals: int
    symbol: str = ""

    @property
    def name_there(self) -> str:
        return self.symbol or self.pair


class SourceTls(msgspec.Struct, frozen=True):
    """Files: those who may vouch for the server (empty: the machine's own), our certificate."""

    servers: str = ""
    certificate: str = ""


class SourceSettings(msgspec.Struct, frozen=True):
    """One data source. Passwords are not kept: `secret` names the environment variable.

    `path`: of the WebSocket, or of the tape's file. `store`: the file of a FIX session's numbers;
    without one every logon begins with 1. `silent_seconds`: so long without a word, and the link
    counts as lost. `speed`: of a tape, 0 is as fast as can be.
    """

    name: str
    kind: SourceKind
    pairs: tuple[SourcePair, ...] = ()
    host: str = "127.0.0.1"
    port: int = 0
    path: str = ""
    sender: str = "RISKGW"
    target: str = "CMDS"
    username: str = ""
    secret: str = ""
    tls: SourceTls | None = None
    store: str = ""
    depth: int = 0
    heartbeat_seconds: int = 1
    silent_seconds: int = 3
    pause_seconds: float = 0.25
    pause_seconds_max: float = 5.0
    speed: int = 1


class SourceSettingsError(ValueError):
    """Settings that no source can be made from."""


def checked(settings: SourceSettings) -> SourceSettings:
    """The settings, if they are any."""
    if not settings.name:
        raise SourceSettingsError("a source without a name")
    if settings.kind in REMOTE and not (settings.host and 0 < settings.port <= _PORT_MAX):
        raise SourceSettingsError(f"{settings.name}: no address {settings.host}:{settings.port}")
    if settings.kind is SourceKind.TAPE and not settings.path:
        raise SourceSettingsError(f"{settings.name}: a tape without a file")
    if not 1 <= len(settings.pairs) <= PAIRS_MAX:
        raise SourceSettingsError(f"{settings.name}: {len(settings.pairs)} pairs")
    names = [pair.pair for pair in settings.pairs], [pair.name_there for pair in settings.pairs]
    if any(len(set(each)) < len(each) for each in names):
        raise SourceSettingsError(f"{settings.name}: a pair stands twice")
    for pair in settings.pairs:
        if not pair.pair or not 0 <= pair.decimals <= DECIMALS_MAX:
            raise SourceSettingsError(f"{settings.name}: {pair.pair!r}, {pair.decimals} decimals")
    if not 0 <= settings.depth <= DEPTH_MAX:
        raise SourceSettingsError(f"{settings.name}: a depth of {settings.depth}")
    if settings.heartbeat_seconds < 1 or settings.silent_seconds <= settings.heartbeat_seconds:
        raise SourceSettingsError(f"{settings.name}: silent before a heartbeat can come")
    if not 0 < settings.pause_seconds <= settings.pause_seconds_max or settings.speed < 0:
        raise SourceSettingsError(f"{settings.name}: a pause or speed below zero")
    return settings
