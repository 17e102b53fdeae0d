"""How code reads here, kept by a test: sizes of functions and files, parameters, no mocks."""

import ast
import re
import statistics
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("riskgw", "capture", "monitoring", "quoting", "ledger", "tests")
FUNCTION_MEDIAN, FUNCTION_P95, FUNCTION_MAX = 10, 40, 70
FILE_P95, FILE_MAX = 350, 500
PARAMETERS_MAX = 5
BROAD_EXCEPTS_MAX = 2
# Field tables read like a specification and are as long as it is.
EXEMPT = ("migrations", "tables.py")
FORBIDDEN_NAMES = ("utils", "helpers", "common", "manager", "services", "base", "repositories")
# Django looks for an engine under this name.
DATABASE_ENGINE = Path("riskgw/queued_sqlite3/base.py")


def sources() -> Iterator[Path]:
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            if not any(part in EXEMPT for part in path.parts):
                yield path


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    assert node.end_lineno is not None
    return node.end_lineno - node.lineno + 1


def percentile(values: list[int], share: float) -> int:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def test_functions_are_short() -> None:
    sizes = [
        (length(node), f"{path}:{node.name}") for path in sources() for node in functions(path)
    ]
    lengths = [size for size, _ in sizes]
    assert [name for size, name in sizes if size > FUNCTION_MAX] == []
    assert statistics.median(lengths) <= FUNCTION_MEDIAN
    assert percentile(lengths, 0.95) <= FUNCTION_P95


def test_files_are_short() -> None:
    sizes = {str(path): len(path.read_text().splitlines()) for path in sources()}
    assert [name for name, size in sizes.items() if size > FILE_MAX] == []
    assert percentile(list(sizes.values()), 0.95) <= FILE_P95


def test_functions_take_at_most_five_parameters() -> None:
    crowded = []
    for path in sources():
        if path.parts[len(ROOT.parts)] == "tests":
            continue  # fixtures come as parameters
        for node in functions(path):
            arguments = node.args
            names = [
                a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
            ]
            if len([name for name in names if name not in ("self", "cls")]) > PARAMETERS_MAX:
                crowded.append(f"{path}:{node.name}")
    assert crowded == []


def test_nothing_is_mocked() -> None:
    pattern = re.compile(r"unittest\.mock|MagicMock|mocker\.|monkeypatch\.setattr")
    this = Path(__file__)
    found = [str(path) for path in sources() if path != this and pattern.search(path.read_text())]
    assert found == []


def test_broad_excepts_are_rare() -> None:
    pattern = re.compile(r"except( Exception| BaseException)?:")
    this = Path(__file__)
    found = [
        str(path) for path in sources() if path != this for _ in pattern.findall(path.read_text())
    ]
    assert len(found) <= BROAD_EXCEPTS_MAX


def test_modules_are_named_after_what_they_hold() -> None:
    found = [path.relative_to(ROOT) for path in sources() if path.stem in FORBIDDEN_NAMES]
    assert found == [DATABASE_ENGINE]


def test_every_module_and_public_class_says_what_it_is() -> None:
    silent = []
    for path in sources():
        tree = ast.parse(path.read_text())
        if tree.body and ast.get_docstring(tree) is None:
            silent.append(str(path))
    assert silent == []


def test_silenced_checks_carry_their_reason() -> None:
    pattern = re.compile(r"# (?:noqa: [A-Z0-9]+(?:, [A-Z0-9]+)*|type: ignore\[[a-z-]+\])")
    this = Path(__file__)
    found = [
        f"{path}:{number}"
        for path in sources()
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for match in pattern.finditer(line)
        if path != this and not line[match.end() :].startswith("  # ")
    ]
    assert found == []
