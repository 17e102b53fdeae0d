"""Data sources by their kind."""

from quoting.domain.source_settings import SourceKind, SourceSettings
from quoting.io.source_bank import BankSource
from quoting.io.source_cmds import CmdsSource
from quoting.io.source_link import Hear, Source
from quoting.io.source_manual import ManualSource
from quoting.io.source_reuters import ReutersSource
from quoting.io.source_tape import TapeSource

KINDS: dict[SourceKind, type[Source]] = {
    SourceKind.CMDS: CmdsSource,
    SourceKind.REUTERS: ReutersSource,
    SourceKind.BANK: BankSource,
    SourceKind.MANUAL: ManualSource,
    SourceKind.TAPE: TapeSource,
}


def opened(settings: SourceSettings, hear: Hear) -> Source:
    """The source, which begins when it is run; SourceSettingsError where none can be made."""
    return KINDS[settings.kind](settings, hear)
