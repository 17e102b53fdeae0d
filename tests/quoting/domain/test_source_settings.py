"""Settings of data sources are refused before anything is opened."""

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from quoting.domain.source_settings import (
    SourceKind,
    SourcePair,
    SourceSettings,
    SourceSettingsError,
    SourceTls,
    checked,
)

GOOD = SourceSettings("CMDSB", SourceKind.CMDS, (SourcePair("USD.CNY", 4),), port=5202)


@pytest.mark.parametrize(
    "changes",
    [
        {"name": ""}, {"port": 0}, {"port": 65_536}, {"host": ""}, {"pairs": ()}, {"depth": 21},
        {"pairs": (SourcePair("USD.CNY", 4), SourcePair("USD.CNY", 4, "CNY="))},
        {"pairs": (SourcePair("USD.CNY", 4, "X"), SourcePair("USD.JPY", 3, "X"))},
        {"pairs": (SourcePair("USD.CNY", 13),)}, {"pairs": (SourcePair("", 4),)},
        {"kind": SourceKind.TAPE}, {"heartbeat_seconds": 0}, {"heartbeat_seconds": 3},
        {"pause_seconds": 0.0}, {"pause_seconds": 9.0}, {"speed": -1},
    ],
)  # fmt: skip
def test_settings_that_make_no_source_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(SourceSettingsError):
        checked(replace(GOOD, **changes))


def test_settings_that_make_one_are_taken() -> None:
    assert checked(GOOD) is GOOD
    assert checked(replace(GOOD, kind=SourceKind.MANUAL, port=0))
    assert checked(replace(GOOD, kind=SourceKind.TAPE, port=0, path="day.csv", speed=0))


def test_settings_go_through_json() -> None:
    settings = replace(GOOD, tls=SourceTls("servers.pem"))
    assert msgspec.json.decode(msgspec.json.encode(settings), type=SourceSettings) == settings
