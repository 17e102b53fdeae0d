"""What runs in this process: function modules by name, exchanged as a whole, never half.

A module that cannot be taken up changes nothing: what ran before goes on, and its state says so.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import wait
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from http import HTTPStatus

from riskgw.plugins.loader import IMPORT_SECONDS_MAX, Loaded, begin_load, error_text, load_now
from riskgw.plugins.pins import Pin, own_pins
from riskgw.plugins.rooms import Full, Room
from riskgw.plugins.source import Refused
from riskgw.web.handlers import Answer, Call, Command, Endpoint
from riskgw.web.problems import FieldError, Problem, problem_of

# Of a module from outside the product: calls at once, and how long one may take.
CALLS_MAX = 8
CALL_SECONDS_MAX = 10.0
# Runs of its jobs at once, those that hang among them.
RUNS_MAX = 8
# Versions whose hanging threads were left to themselves; then the process has to be restarted.
ABANDONED_MAX = 8

_log = logging.getLogger(__name__)


class State(StrEnum):
    """What has become of a module in one process."""

    RUNNING = "running"
    # The version asked for was refused; the one before it runs.
    KEPT = "kept"
    FAILED = "failed"
    DISABLED = "disabled"


@dataclass(frozen=True)
class Slot:
    """One module here. `loaded` is the last that ran, also when it runs no more."""

    pin: Pin
    state: State
    since_ns: int
    loaded: Loaded | None = None
    # Why what was asked for does not run.
    error: str = ""
    code: str = ""

    @property
    def is_running(self) -> bool:
        return self.state in (State.RUNNING, State.KEPT)


class Conduct:
    """What a module has done here: how often it raised or hung, and what is under way."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._abandoned = 0
        self.failures = 0
        self.last = ""
        self.last_ns = 0
        self.calls = Room(f"module {name}", CALLS_MAX)
        self.runs = Room(f"jobs of {name}", RUNS_MAX)

    def note(self, what: str, error: BaseException) -> None:
        self.note_text(f"{what}: {error_text(error)}")
        _log.error("function module %s: %s", self._name, what, exc_info=error)

    def note_text(self, text: str) -> None:
        self.failures += 1
        self.last, self.last_ns = text, time.time_ns()

    def begin_anew(self) -> None:
        """With another version: what hangs of the one before it takes none of its places."""
        if (self.calls.busy or self.runs.busy) and self._abandoned < ABANDONED_MAX:
            self._abandoned += 1
            self.calls.close()
            self.runs.close()
            self.calls = Room(f"module {self._name}", CALLS_MAX)
            self.runs = Room(f"jobs of {self._name}", RUNS_MAX)


class Registry:
    """Readers take what stands there; one thread at a time changes it."""

    def __init__(
        self,
        call_seconds: float = CALL_SECONDS_MAX,
        import_seconds: float = IMPORT_SECONDS_MAX,
    ) -> None:
        self.call_seconds = call_seconds
        self._import_seconds = import_seconds
        self._slots: dict[str, Slot] = {}
        self._conducts: dict[str, Conduct] = {}
        self._changing = threading.Lock()
        # Another number after every change.
        self.generation = 0

    @property
    def slots(self) -> Mapping[str, Slot]:
        return self._slots

    def conduct(self, name: str) -> Conduct:
        found = self._conducts.get(name)
        return found or self._conducts.setdefault(name, Conduct(name))

    def begin(self, pins: Iterable[Pin]) -> None:
        """The product's own modules: without one of them the process does not start."""
        for pin in pins:
            slot = Slot(pin, State.RUNNING, time.time_ns(), load_now(pin, self.answer))
            self._slots |= {pin.name: slot}
        self.generation += 1

    def follow(self, pins: Mapping[str, Pin]) -> None:
        """Whatever the pins ask for that is not yet so; imports run beside each other."""
        with self._changing:
            changed = [
                pin for name, pin in pins.items() if name not in self._slots or
                self._slots[name].pin != pin
            ]  # fmt: skip
            begun = [(pin, self._begun(pin)) for pin in changed if pin.is_enabled]
            slots = {pin.name: self._disabled(pin) for pin in changed if not pin.is_enabled}
            ends = time.monotonic() + self._import_seconds
            slots |= {pin.name: self._ended(pin, load, ends) for pin, load in begun}
            gone = self._slots.keys() - pins.keys()
            if slots or gone:
                self._exchange(slots, gone)

    def answer(self, row: Endpoint | Command, call: Call) -> Answer:
        """By the row's module, if it runs; what it does wrong is its own and is told as such."""
        if not row.module:
            return row.handler(call).answer()
        slot = self._slots.get(row.module)
        if slot is None or not slot.is_running or slot.loaded is None:
            raise stopped(row.module, slot)
        if slot.loaded.settings:
            call = replace(call, settings=slot.loaded.settings)
        if slot.pin.is_own:
            return self._at_once(row, call)
        return self._in_time(row, call)

    def _at_once(self, row: Endpoint | Command, call: Call) -> Answer:
        try:
            return row.handler(call).answer()
        except Exception as error:
            if problem_of(error) is not None:
                raise
            self.conduct(row.module).note(_said(row), error)
        raise _failed(row.module)

    def _in_time(self, row: Endpoint | Command, call: Call) -> Answer:
        conduct = self.conduct(row.module)
        try:
            future = conduct.calls.begin(lambda: row.handler(call).answer())
        except Full as error:
            conduct.note_text(str(error))
            raise _unavailable(row.module, "busy", "answers nothing just now") from None
        if not wait([future], self.call_seconds).done:
            conduct.note_text(f"{_said(row)}: no answer in {self.call_seconds:g} s")
            raise _unavailable(row.module, "hangs", "does not answer")
        try:
            return future.result()
        except (Exception, SystemExit) as error:
            if isinstance(error, Exception) and problem_of(error) is not None:
                raise
            conduct.note(_said(row), error)
        finally:
            # Else what was raised, this frame and the handler would keep each other alive.
            del future
        raise _failed(row.module)

    def _begun(self, pin: Pin) -> "Callable[[float], Loaded] | Refused":
        try:
            return begin_load(pin, self.answer)
        except Refused as refusal:
            return refusal

    def _ended(self, pin: Pin, load: "Callable[[float], Loaded] | Refused", ends: float) -> Slot:
        try:
            if isinstance(load, Refused):
                raise load
            loaded = load(max(0.0, ends - time.monotonic()))
        except Refused as refusal:
            return self._refused(pin, refusal)
        self.conduct(pin.name).begin_anew()
        return Slot(pin, State.RUNNING, time.time_ns(), loaded)

    def _refused(self, pin: Pin, refusal: Refused) -> Slot:
        _log.warning("function module %s: %s", pin.name, refusal)
        before = self._slots.get(pin.name)
        loaded = before.loaded if before is not None else None
        is_kept = before is not None and before.is_running and loaded is not None
        state = State.KEPT if is_kept else State.FAILED
        return Slot(pin, state, time.time_ns(), loaded, str(refusal), refusal.code)

    def _disabled(self, pin: Pin) -> Slot:
        before = self._slots.get(pin.name)
        loaded = before.loaded if before is not None else None
        return Slot(pin, State.DISABLED, time.time_ns(), loaded)

    def _exchange(self, slots: dict[str, Slot], gone: Iterable[str]) -> None:
        before = self._slots
        kept = {name: slot for name, slot in before.items() if name not in gone}
        self._slots = kept | slots
        self.generation += 1
        running = {id(slot.loaded) for slot in self._slots.values()}
        for slot in before.values():
            if slot.loaded is not None and id(slot.loaded) not in running:
                slot.loaded.let_go()


def stopped(name: str, slot: Slot | None) -> Problem:
    """The answer of everything that belongs to a module that does not run."""
    if slot is not None and slot.state is State.FAILED:
        return _unavailable(name, "not_loaded", "could not be loaded")
    return _unavailable(name, "disabled", "is disabled")


def _failed(name: str) -> Problem:
    """Of a fault callers learn only whose it is; the log has the rest."""
    errors = [FieldError("module", "failed", name)]
    detail = f"The function module {name} has failed."
    return Problem(HTTPStatus.INTERNAL_SERVER_ERROR, "module_failed", detail, errors)


def _unavailable(name: str, code: str, what: str) -> Problem:
    detail = f"The function module {name} {what}."
    errors = [FieldError("module", code, name)]
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, f"module_{code}", detail, errors)


def _said(row: Endpoint | Command) -> str:
    return f"{row.method} {row.path}" if isinstance(row, Endpoint) else row.handler.__name__


@lru_cache(maxsize=1)
def registry() -> Registry:
    """This process's own; the product's modules run from the start."""
    made = Registry()
    made.begin(own_pins().values())
    return made
