"""`manage.py sensor`: what it refuses to start with."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("asked", "feed", "said"),
    [
        ("other", {"ports": [1433]}, "there is no feed other; there are mine"),
        ("mine", {"ports": [1433], "clients": ["10.0.0"]}, "RISKGW_FEEDS, mine: no address"),
        ("mine", {"ports": [1433], "servers": ["10.0.0.1:0"]}, "RISKGW_FEEDS, mine: no address"),
    ],
)
def test_a_feed_that_cannot_be_is_named(
    asked: str, feed: dict[str, Any], said: str, tmp_path: Path
) -> None:
    feeds = json.dumps({"mine": {"exchange": "SSE", **feed}})
    done = subprocess.run(
        [sys.executable, "manage.py", "sensor", asked],
        cwd=ROOT,
        env={**os.environ, "RISKGW_HOME": str(tmp_path), "RISKGW_FEEDS": feeds},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr
