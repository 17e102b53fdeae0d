"""Texts and their Chinese: python -m tests.translations says what is wrong with the catalogue.

With --update it first collects the texts anew and compiles. Collected are the texts of our code
and templates, and of packages whatever no installed catalogue says in Chinese.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import django
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_python
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parent.parent
PO = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")
PACKAGES = Path(django.__file__).parent.parent

OURS = ("riskgw", "capture", "monitoring", "quoting", "ledger", "templates")
THEIRS = ("axes", "import_export", "simple_history", "unfold")
# Parts of unfold that nothing here shows: an editor, and pages for packages we do not use.
UNUSED = ("constance", "crispy", "forms/templates", "guardian", "location_field", "unfold_crispy")
KEYWORDS = {
    **DEFAULT_KEYWORDS,
    "gettext_lazy": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
    # A fault's pattern, which is translated where it is shown.
    "FaultText": None,
}
_PLACE = re.compile(r"%\(\w+\)s|%s|%%")


class Text(NamedTuple):
    """A text as the code asks for it; `plural` is empty where there is none."""

    context: str
    singular: str
    plural: str


class TimelessCatalog(Catalog):
    """The same on every run: its header has neither dates nor versions."""

    def __init__(self) -> None:
        super().__init__(locale="zh_Hans", header_comment="# Chinese texts of riskgw.", fuzzy=False)

    def _headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", "zh_Hans"),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=UTF-8"),
            ("Content-Transfer-Encoding", "8bit"),
            ("Plural-Forms", "nplurals=1; plural=0;\n"),
        ]

    mime_headers = property(_headers)


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--update"]):
        sys.stderr.write("usage: python -m tests.translations [--update]\n")
        return 2
    if arguments:
        update()
    found = faults()
    sys.stderr.writelines(f"{fault}\n" for fault in found)
    return 1 if found else 0


def update() -> None:
    """Collect, keep the translations there are, compile."""
    known = {_text(message): message.string for message in stored() if message.id}
    catalog = TimelessCatalog()
    for text, paths in sorted(wanted().items()):
        identity = (text.singular, text.plural) if text.plural else text.singular
        locations = [(path, 1) for path in paths]
        catalog.add(identity, known.get(text), locations=locations, context=text.context or None)
    PO.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=100, sort_output=True, include_lineno=False)
    PO.write_bytes(buffer.getvalue())
    MO.write_bytes(compiled(catalog))


def faults() -> list[str]:
    """Everything that is wrong, one line each."""
    catalog = stored()
    messages = {_text(message): message for message in catalog if message.id}
    texts = wanted()
    found = [f"untranslated: {text.singular!r}" for text in texts.keys() - messages.keys()]
    found += [f"nowhere in the code: {text.singular!r}" for text in messages.keys() - texts.keys()]
    found += [f"obsolete: {message.id!r}" for message in catalog.obsolete.values()]
    for message in messages.values():
        found += [f"{fault}: {message.id!r}" for fault in _faults_of(message)]
    if not MO.exists() or MO.read_bytes() != compiled(catalog):
        found.append(f"{MO.name} is not the compiled {PO.name}: make messages")
    return sorted(found)


def _faults_of(message: Message) -> Iterator[str]:
    singular = message.id if isinstance(message.id, str) else message.id[0]
    strings = message.string or ("",)
    chinese = strings if isinstance(strings, str) else strings[0]
    if not chinese:
        yield "empty"
    elif set(_PLACE.findall(chinese)) != set(_PLACE.findall(singular)):
        yield "other placeholders"
    if message.fuzzy:
        yield "fuzzy"


def stored() -> Catalog:
    """The catalogue as it is committed."""
    return read_po(io.BytesIO(PO.read_bytes() if PO.exists() else b""), locale="zh_Hans")


def compiled(catalog: Catalog) -> bytes:
    """What the .mo of a catalogue should hold."""
    timeless = TimelessCatalog()
    for message in catalog:
        if message.id:
            timeless.add(message.id, message.string, context=message.context)
    buffer = io.BytesIO()
    write_mo(buffer, timeless)
    return buffer.getvalue()


def wanted() -> dict[Text, list[str]]:
    """Each text that needs our Chinese, and the files that ask for it."""
    found: dict[Text, list[str]] = {}
    for room in OURS:
        for path in _sources(ROOT / room):
            for text in _texts(path):
                found.setdefault(text, []).append(str(path.relative_to(ROOT)))
    spoken = _spoken()
    for package in THEIRS:
        for path in _sources(PACKAGES / package):
            for text in _texts(path):
                if text in found or text not in spoken:
                    found.setdefault(text, []).append(str(path.relative_to(PACKAGES)))
    return found


def _sources(folder: Path) -> list[Path]:
    paths = [*folder.rglob("*.py"), *folder.rglob("*.html")]
    return sorted(path for path in paths if not any(part in str(path) for part in UNUSED))


def _texts(path: Path) -> Iterator[Text]:
    source = path.read_text()
    if path.suffix == ".html":
        # What is left are calls of gettext among blanked-out words, at any indentation.
        source = "\n".join(line.strip() for line in templatize(source).splitlines())
    calls: Any = extract_python(io.BytesIO(source.encode()), KEYWORDS, [], {"encoding": "utf-8"})
    for _, function, content, _ in calls:
        text = _call(function, content)
        if text.singular:
            yield text


def _call(function: str, content: str | tuple[str | None, ...] | None) -> Text:
    """The text of a call; one that is no literal is empty."""
    parts = [part or "" for part in (content if isinstance(content, tuple) else (content,))]
    context = parts.pop(0) if "pgettext" in function else ""
    return Text(context, parts[0], parts[1] if "ngettext" in function else "")


def _spoken() -> set[Text]:
    """What the catalogues of installed packages say in Chinese."""
    folders = ("django/conf", "django/contrib/admin", "django/contrib/auth", *THEIRS)
    paths = (PACKAGES / folder / "locale/zh_Hans/LC_MESSAGES/django.mo" for folder in folders)
    return {
        _text(message)
        for path in paths
        if path.exists()
        for message in read_mo(io.BytesIO(path.read_bytes()))
        if message.id
    }


def _text(message: Message) -> Text:
    identity = (message.id, "") if isinstance(message.id, str) else message.id
    return Text(message.context or "", identity[0], identity[1])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
