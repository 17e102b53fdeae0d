"""What runs in a process: versions exchanged as a whole, faults kept to the module they are of."""

import gc
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User

from riskgw.plugins.pins import Pin, own_pins
from riskgw.plugins.registry import CALLS_MAX, Registry, State
from riskgw.web.handlers import Call, Endpoint
from riskgw.web.problems import Problem
from tests.function_modules import code, example, pin, put

NAME = "holiday"
HUNG_SECONDS = 3


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    before, settings.RISKGW_MODULES = settings.RISKGW_MODULES, tmp_path / "modules"
    yield settings.RISKGW_MODULES
    settings.RISKGW_MODULES = before


@pytest.fixture
def modules() -> Registry:
    return Registry(call_seconds=0.3, import_seconds=0.3)


def follow(modules: Registry, *pins: Pin) -> None:
    modules.follow({each.name: each for each in pins})


def row(modules: Registry) -> Endpoint:
    loaded = modules.slots[NAME].loaded
    assert loaded is not None
    return loaded.manifest.endpoints[0]


def ask(modules: Registry, **arguments: Any) -> Any:
    return modules.answer(row(modules), Call(User(), arguments)).data


def refused(modules: Registry) -> tuple[int, str, str]:
    with pytest.raises(Problem) as refusal:
        ask(modules)
    problem = refusal.value
    return problem.status, problem.code, problem.errors[0].detail


def test_the_example_of_the_manual_runs(modules: Registry, folder: Path) -> None:
    follow(modules, pin(NAME, put(folder, NAME, example())))
    assert modules.slots[NAME].error == ""
    assert row(modules).path == "modules/holiday/days"
    assert ask(modules, since="2027-02-01") == {"days": 5}


def test_the_rows_of_commands_keep_what_they_say_below_their_modules_name(
    modules: Registry, folder: Path
) -> None:
    commands = """
from dataclasses import replace
row = Command(Show, LOGGED_IN, sequence="shows", is_urgent=True)
MANIFEST = replace(MANIFEST, commands={"show": row, "free": Command(Show, LOGGED_IN)})
"""
    follow(modules, pin(NAME, put(folder, NAME, code(NAME) + commands)))
    loaded = modules.slots[NAME].loaded
    assert loaded is not None
    rows = loaded.manifest.commands
    show = rows["modules.holiday.show"]
    assert (show.module, show.sequence, show.is_urgent) == (NAME, "modules.holiday.shows", True)
    assert rows["modules.holiday.free"].sequence == ""


def test_settings_are_validated_and_reach_the_handler(modules: Registry, folder: Path) -> None:
    sha256 = put(folder, NAME, example())
    path = f"{NAME}.py"
    follow(modules, Pin(NAME, "folder", path, sha256, settings={"holiday": "2027-02-03"}))
    assert ask(modules, since="2027-02-01") == {"days": 2}
    for wrong in ({"holiday": "never"}, {"weather": "fine"}):
        follow(modules, Pin(NAME, "folder", path, sha256, settings=wrong))
        slot = modules.slots[NAME]
        assert (slot.state, slot.code) == (State.KEPT, "settings")
    assert ask(modules, since="2027-02-01") == {"days": 2}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1 / 0", "import"), ("import nothing_of_this_name", "import"), ("def", "import"),
        ("raise SystemExit", "import"), ("x = 1", "manifest"), ("MANIFEST = {}", "manifest"),
        (code("another"), "manifest"), (code(NAME, version="new"), "manifest"),
        (code(NAME).replace('"show"', '"<nothing:a>"'), "manifest"),
        (code(NAME).replace('"show"', '"reload"'), "manifest"),
        ("import time; time.sleep(5)", "hangs"),
    ],
)  # fmt: skip
def test_a_version_that_is_refused_leaves_the_one_before(
    modules: Registry, folder: Path, text: str, why: str
) -> None:
    follow(modules, pin(NAME, put(folder, NAME, code(NAME))))
    follow(modules, pin(NAME, put(folder, NAME, text), 2))
    slot = modules.slots[NAME]
    assert (slot.state, slot.code) == (State.KEPT, why)
    assert slot.error
    assert ask(modules) == "as it should"
    follow(modules, pin(NAME, put(folder, NAME, code(NAME, "return Answer('new')")), 3))
    assert (modules.slots[NAME].state, ask(modules)) == (State.RUNNING, "new")


def test_one_that_never_ran_has_failed_and_holds_up_no_other(
    modules: Registry, folder: Path
) -> None:
    bad, good = put(folder, "bad", "1 / 0"), put(folder, NAME, code(NAME))
    follow(modules, pin("bad", bad), pin(NAME, good))
    assert modules.slots["bad"].state is State.FAILED
    assert "ZeroDivisionError" in modules.slots["bad"].error
    assert ask(modules) == "as it should"


def test_disabled_it_answers_with_its_name_and_enabled_again_as_before(
    modules: Registry, folder: Path
) -> None:
    sha256 = put(folder, NAME, code(NAME))
    follow(modules, pin(NAME, sha256))
    follow(modules, pin(NAME, sha256, 2, is_enabled=False))
    assert refused(modules) == (503, "module_disabled", NAME)
    follow(modules, pin(NAME, sha256, 3))
    assert ask(modules) == "as it should"
    follow(modules)
    assert NAME not in modules.slots


def test_what_did_not_change_is_not_loaded_again(modules: Registry, folder: Path) -> None:
    wanted = pin(NAME, put(folder, NAME, code(NAME)))
    follow(modules, wanted)
    loaded, generation = modules.slots[NAME].loaded, modules.generation
    follow(modules, wanted)
    assert (modules.slots[NAME].loaded, modules.generation) == (loaded, generation)
    follow(modules, pin(NAME, wanted.sha256, 2))
    assert modules.slots[NAME].loaded is not loaded


def test_the_code_that_was_replaced_is_gone(modules: Registry, folder: Path) -> None:
    follow(modules, pin(NAME, put(folder, NAME, code(NAME))))
    old = weakref.ref(row(modules).handler)
    follow(modules, pin(NAME, put(folder, NAME, code(NAME, "return Answer(2)")), 2))
    gc.collect()
    assert old() is None
    assert ask(modules) == 2


@pytest.mark.parametrize("body", ["1 / 0", "raise SystemExit", "raise TimeoutError"])
def test_a_handler_that_raises_is_told_as_its_modules_failure(
    modules: Registry, folder: Path, body: str
) -> None:
    follow(modules, pin(NAME, put(folder, NAME, code(NAME, body))))
    assert refused(modules) == (500, "module_failed", NAME)
    conduct = modules.conduct(NAME)
    assert (conduct.failures, conduct.calls.busy) == (1, 0)
    assert "modules/holiday/show" in conduct.last


def test_a_handler_that_hangs_takes_its_own_places_only(modules: Registry, folder: Path) -> None:
    sleeping = f"import time; time.sleep({HUNG_SECONDS}); return Answer(1)"
    follow(modules, pin(NAME, put(folder, NAME, code(NAME, sleeping))))
    modules.call_seconds = 0.01
    for _ in range(CALLS_MAX):
        assert refused(modules) == (503, "module_hangs", NAME)
    began = time.monotonic()
    assert refused(modules) == (503, "module_busy", NAME)
    assert time.monotonic() - began < HUNG_SECONDS / 2
    modules.call_seconds = 0.3
    follow(modules, pin(NAME, put(folder, NAME, code(NAME)), 2))
    assert ask(modules) == "as it should"


@pytest.mark.parametrize(
    "body",
    ["return Answer(1)", "1 / 0", "from riskgw.web.problems import not_found; raise not_found()"],
)
def test_a_handler_is_gone_when_its_request_is_answered(
    modules: Registry, folder: Path, body: str
) -> None:
    seen: list[weakref.ref[Any]] = []
    follow(modules, pin(NAME, put(folder, NAME, code(NAME, body))))
    handler = row(modules).handler
    begin = handler.__init__

    def watched(self: Any, call: Call) -> None:
        seen.append(weakref.ref(self))
        begin(self, call)

    handler.__init__ = watched  # type: ignore[method-assign]  # of a class made for this test
    gc.collect()
    gc.disable()
    try:
        _answered(modules)
        time.sleep(0.01)
        assert [each() for each in seen] == [None]
    finally:
        gc.enable()


def _answered(modules: Registry) -> None:
    try:
        ask(modules)
    except Problem:
        return


def test_the_products_own_modules_share_no_address() -> None:
    own = Registry()
    own.begin(own_pins().values())
    loaded = [slot.loaded for slot in own.slots.values() if slot.loaded is not None]
    found = [str(each.pattern) for one in loaded for each in one.patterns]
    assert len(found) == len(set(found))
