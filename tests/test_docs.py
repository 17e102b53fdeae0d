"""What the documents say is there, is there."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
COUNTS = {"B": 17, "G": 16, "U": 18, "E": 15, "L": 13, "D": 4}
STATES = ("done", "part", "open")


def requirement_rows() -> list[list[str]]:
    lines = (ROOT / "docs" / "requirements.md").read_text().splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in lines
        if re.match(r"\| [A-Z]\d+ \|", line)
    ]


def test_every_requirement_of_the_sources_has_one_row() -> None:
    ids = [row[0] for row in requirement_rows()]
    wanted = [
        f"{letter}{number}" for letter, count in COUNTS.items() for number in range(1, count + 1)
    ]
    assert sorted(ids) == sorted(wanted)


def test_a_requirement_that_is_not_open_names_what_shows_and_proves_it() -> None:
    for identifier, _, state, shown, proof, _ in requirement_rows():
        assert state in STATES, identifier
        if state == "open":
            continue
        assert shown, identifier
        assert proof, identifier
        for path in proof.split(", "):
            assert (ROOT / path).exists(), f"{identifier}: {path}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text()):
        if "://" not in target:
            assert (document.parent / target).exists(), target


def test_commands_that_documents_name_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    commands = set(get_commands())
    for document in DOCUMENTS:
        text = document.read_text()
        assert set(re.findall(r"`make ([a-z-]+)", text)) <= targets, document
        assert set(re.findall(r"manage\.py ([a-z_]+)", text)) <= commands, document


def test_the_folders_of_the_product_are_at_the_top() -> None:
    named = ["riskgw", "monitoring", "ledger", "quoting", "capture", "templates", "static", "tests"]
    assert [name for name in named if not (ROOT / name).is_dir()] == []
    assert (ROOT / "manage.py").is_file()


def test_the_named_packages_are_pinned_with_hashes() -> None:
    runtime = (ROOT / "requirements.txt").read_text()
    development = (ROOT / "requirements-dev.txt").read_text()
    named = ["django", "channels", "daphne", "celery", "redis", "djangorestframework", "scapy"]
    for package in named:
        assert re.search(rf"^{package}==\S+ \\\n    --hash=sha256:", runtime, re.MULTILINE), package
    assert "pytest-django==" in development
    assert "://" not in runtime + development


def test_no_machine_path_or_registry_host_stands_in_the_tree() -> None:
    pattern = re.compile(r"(?<![\w./])/(?:work|farm|root)/|(?<!emit-)index-url|find-links|/simple/")
    texts = [path for name in ("*.py", "*.md", "*.toml", "*.txt", "Makefile", "*.json", "run")
             for path in ROOT.rglob(name)]  # fmt: skip
    ours = [path for path in texts if not {".venv", "var", "node_modules"} & set(path.parts)]
    this = Path(__file__)
    found = [str(path) for path in ours if path != this and pattern.search(path.read_text())]
    assert found == []
