"""`manage.py run_quote_engine` as a process of its own."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec

from quoting.domain.engine_settings import EngineSettings

ROOT = Path(__file__).parent.parent.parent


class EngineCommand:
    """What it said, in order; `port` is where channels connect to."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[str] = []

    async def says(self, words: str) -> str:
        """The next line that has these words."""
        assert self.process.stdout
        while line := (await self.process.stdout.readline()).decode():
            self.said.append(line)
            if words in line:
                return line
        raise AssertionError("".join(self.said))

    async def port(self) -> int:
        """Once it is up."""
        return int((await self.says("quote engine: ")).split()[-1])


@asynccontextmanager
async def engine_command(
    home: Path, settings: EngineSettings | None = None, *options: str | Path
) -> AsyncIterator[EngineCommand]:
    """By these settings, or by the rows that the home's database has; killed at the end."""
    arguments = ["run_quote_engine", "--port", "0", *map(str, options)]
    if settings is not None:
        path = home / "settings.json"
        path.write_bytes(msgspec.json.encode(settings))
        arguments += ["--settings-file", str(path)]
    environment = {**os.environ, "RISKGW_HOME": str(home), "PYTHONUNBUFFERED": "1"}
    environment.pop("DATABASE_URL", None)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "manage.py", *arguments, cwd=ROOT, env=environment,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    try:
        yield EngineCommand(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
