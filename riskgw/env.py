"""Typed readers of environment variables; a value that cannot be read stops the start."""

import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import environ


class Environment(environ.Env):  # type: ignore[misc]  # environ has no types
    """What cannot be read is refused by the variable's name."""

    def get_value(self, var: str, *args: Any, **options: Any) -> Any:
        try:
            return super().get_value(var, *args, **options)
        except ValueError as error:
            raise environ.ImproperlyConfigured(f"{var}: {error}") from None


env = Environment()


@contextmanager
def _taken_from(path: Path) -> Iterator[None]:
    """What the disk refuses is said with the place."""
    try:
        yield
    except OSError as error:
        said = os.strerror(error.errno or 0)
        raise environ.ImproperlyConfigured(f"RISKGW_HOME {path}: {said}") from None


def home(default: Path) -> Path:
    """`RISKGW_HOME`: where database, queues, spool and logs live."""
    path = Path(env.str("RISKGW_HOME", "") or default).resolve()
    with _taken_from(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def one_of(name: str, *words: str) -> str:
    """One of these words; the first where nothing is said."""
    word: str = env.str(name, "") or words[0]
    if word not in words:
        raise environ.ImproperlyConfigured(f"{name} is {word!r}, not {' or '.join(words)}")
    return word


def secret_key(home_path: Path, *, is_production: bool) -> str:
    """From `RISKGW_SECRET_KEY`; outside production made once and kept in `RISKGW_HOME`."""
    key: str = env.str("RISKGW_SECRET_KEY", "")
    if key:
        return key
    if is_production:
        raise environ.ImproperlyConfigured("RISKGW_SECRET_KEY must be set in production")
    path = home_path / "secret-key"
    with _taken_from(home_path):
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(48))
        return path.read_text()


def secret_named(name: str) -> str | None:
    """A secret that a stored row names, read when it is used; None where it is not set."""
    return os.environ.get(name) or None


# What fits into a Unix socket's address everywhere.
_SOCKET_PATH_MAX = 100


def socket_path(home_path: Path, name: str) -> Path:
    """A socket below `RISKGW_HOME`, or where its path is too long, in a folder of short name."""
    path = home_path / name
    if len(bytes(path)) <= _SOCKET_PATH_MAX:
        return path
    mark = hashlib.sha256(bytes(home_path)).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"riskgw-{mark}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.geteuid():
        raise environ.ImproperlyConfigured(f"{folder} belongs to somebody else")
    return folder / name
