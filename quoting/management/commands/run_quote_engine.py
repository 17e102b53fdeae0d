"""Runs the quote engine until SIGTERM; then everything is withdrawn, and counterparties logged out.

While rows do not fit, or the disk has no room, it waits and says why. Exit status 1 with a reason:
it runs already, its settings file does not fit, or it failed.
"""

import asyncio
import gc
import logging
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connections

from quoting import queries
from quoting.domain.engine_settings import EngineSettings
from quoting.domain.source_settings import SourceSettingsError
from quoting.io.desk_server import SocketTaken
from quoting.io.engine import SettingsIncomplete
from quoting.io.engine_desk import SettingsRefused
from quoting.io.engine_run import EngineFailed, EngineProcess, EngineRuns, Place
from quoting.io.engine_start import EngineStart
from quoting.io.fix_acceptor import Listening
from quoting.io.fix_tls import server_context

PORT = 5201
# Young objects before a collection: prices come and go, and hardly anything stays.
_GC_YOUNG = 20_000
# What an engine may fail to begin with, said in one line.
_REASONS = (
    EngineRuns, EngineFailed, SettingsIncomplete, SettingsRefused, SocketTaken, OSError,
    SourceSettingsError, msgspec.DecodeError,
)  # fmt: skip


class Command(BaseCommand):
    """The engine's only use of the database is to read its settings."""

    help = "Run the quote engine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--settings-file", type=Path, help="EngineSettings as JSON, not rows")
        parser.add_argument("--host", default="127.0.0.1", help="where channels connect to")
        parser.add_argument("--port", type=int, default=PORT, help="0 is any that is free")
        parser.add_argument("--certificate", type=Path, help="TLS: our key and chain, PEM")
        parser.add_argument("--clients", type=Path, help="TLS: who may vouch for channels, PEM")

    def handle(self, *args: Any, **options: Any) -> None:
        logging.getLogger("quoting").setLevel(logging.INFO)
        try:
            certificate = options["certificate"]
            tls = server_context(certificate, options["clients"]) if certificate else None
            place = Place(
                settings.RISKGW_HOME / "quoting",
                settings.ENGINE_SOCKET,
                Listening(options["host"], options["port"], tls),
            )
            file = options["settings_file"]
            process = (
                _from_file_once(place, file) if file else EngineStart(place, _from_rows).process()
            )
            if process is not None:
                asyncio.run(process.run(lambda: self._ready(process)))
        except _REASONS as error:
            raise CommandError(f"quote engine: {error}") from error

    def _ready(self, process: EngineProcess) -> None:
        # What is there now stays: no collection has to look through it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(_GC_YOUNG)
        found = process.engine.settings
        print(
            f"quote engine: {len(found.book.pairs)} pairs, {len(found.sources)} sources, "
            f"{len(found.links)} channels on port {process.port}",
            file=self.stdout,
            flush=True,
        )


def _from_file_once(place: Place, file: Path) -> EngineProcess:
    """Whoever names a file sees at once what is wrong with it."""
    return EngineProcess(place, lambda: _from_file(file))


def _from_rows() -> EngineSettings:
    """In whichever thread asks; nothing of the database stays open."""
    try:
        return queries.engine_settings()
    except (queries.QuoteSettingsFaulty, Error) as error:
        raise SettingsRefused(str(error)) from error
    finally:
        connections.close_all()


def _from_file(file: Path) -> EngineSettings:
    try:
        return msgspec.json.decode(file.read_bytes(), type=EngineSettings)
    except (OSError, msgspec.DecodeError) as error:
        raise SettingsRefused(f"{file}: {error}") from error
