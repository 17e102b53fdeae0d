"""The command that writes a made-up market to a tape."""

import json
from pathlib import Path

from django.core.management import call_command

from quoting.domain.generated_market import INSTRUMENTS
from quoting.domain.source_settings import SourcePair
from quoting.wire.sources.tape import Row, rows

PAIRS = [SourcePair(each.pair, each.decimals) for each in INSTRUMENTS]


def test_a_tape_and_its_labels_are_written_alike_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        out = str(tmp_path / f"{name}.csv")
        call_command("simulate_rates", "--seed", "3", "--faults", "--out", out, "--seconds", "60")
    lines = (tmp_path / "one.csv").read_text().splitlines()
    assert lines == (tmp_path / "two.csv").read_text().splitlines()
    read = list(rows(lines, PAIRS))
    assert len(read) > 100
    assert all(isinstance(each, Row) for each in read)
    labels = json.loads((tmp_path / "one.labels.json").read_text())
    assert labels == json.loads((tmp_path / "two.labels.json").read_text())
    assert [each["fault"] for each in labels][:3] == ["crossed", "decimal", "spike"]
    assert all(each["from_ns"] < 60 * 10**9 for each in labels)
