"""What commands share that judge captures in their own process: base data in, JSON lines out."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.utils import DatabaseError

from riskgw.messages.base_data import BaseData, BaseDataError, base_from_labels
from riskgw.messages.codec import json_line
from riskgw.reference.queries import base_data

SHARDS_MAX = 64


def base_of(path: Path | None) -> BaseData:
    """The base data of a DAY.labels.json, or that of the database; BaseDataError."""
    if path is not None:
        try:
            return base_from_labels(path.read_bytes())
        except OSError as error:
            raise BaseDataError(f"{path}: {error.strerror}") from None
        except BaseDataError as error:
            raise BaseDataError(f"{path}: no base data: {error}") from None
    try:
        return base_data()
    except DatabaseError as error:
        raise BaseDataError(f"no base data ({error}): run `manage.py migrate`") from None


def print_lines(lines: Iterable[dict[str, Any]]) -> None:
    """JSON lines on stdout, until nobody reads them any more."""
    try:
        for line in lines:
            sys.stdout.buffer.write(json_line(line))
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stdout = None
