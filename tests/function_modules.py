"""Function modules for tests: files in a folder of their own, and the example of the manual."""

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from riskgw.plugins.pins import Pin

_MANUAL = Path(__file__).parent.parent / "docs" / "modules.md"
CHECKSUM = "0123456789abcdef" * 4
HEAD = """
from riskgw.plugins.manifest import *
from riskgw.web.handlers import *
class Show(Handler):
    '''Shows.'''
    result = NoArguments
    def answer(self):
        {body}
"""
TAIL = """
MANIFEST = Manifest(
    name={name!r}, version={version!r}, title="A module of a test",
    endpoints=(Endpoint("GET", "show", Show, LOGGED_IN),),
)
"""


def example() -> str:
    """The worked example, as the manual has it."""
    found = re.search(r"```python\n(.*?)```", _MANUAL.read_text(), re.DOTALL)
    assert found is not None
    return found[1]


def code(name: str, body: str = "return Answer('as it should')", version: str = "1.0") -> str:
    """A module with one address."""
    return HEAD.format(body=body) + TAIL.format(name=name, version=version)


def put(folder: Path, name: str, text: str) -> str:
    """Writes the module's file; its checksum."""
    folder.mkdir(mode=0o755, exist_ok=True)
    path = folder / f"{name}.py"
    path.write_text(text)
    path.chmod(0o644)
    return hashlib.sha256(text.encode()).hexdigest()


def pin(name: str, sha256: str, revision: int = 1, *, is_enabled: bool = True) -> "Pin":
    from riskgw.plugins.pins import Origin, Pin  # noqa: PLC0415  # benchmarks have no apps

    return Pin(name, Origin.FOLDER, f"{name}.py", sha256, is_enabled, {}, revision)
