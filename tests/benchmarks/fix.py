"""FIX: our codec and sessions beside QuickFIX's, by the same quotes of four levels.

Sketch, a MassQuote of 47 fields, 530 bytes: to split it 6 µs, to place 47 values 12 µs, a checksum
1 µs; to write it a template an entry, 10 µs. A hop of loopback costs both sides a wake-up.
"""

import json
import statistics
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from quoting.wire.fix.codec import Codec, Sending
from quoting.wire.fix.framer import Framer
from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import ROOT, ChildFailed, python, run
from tests.benchmarks.figures import Figure, compared
from tests.benchmarks.fix_peers import our_quote, quickfix_quote, quickfix_values
from tests.quoting.io.quickfix_peer import DICTIONARY, IS_HERE
from tests.running_system import free_port

ROUNDS, MESSAGES, SESSION_ROUNDS = 7, 2_000, 5
PEER, UNREAD = "QuickFIX", "QuickFIX, no value read"
TITLE = "FIX MassQuote of four levels"
RUN_SECONDS_MAX = 60
PATHS = {"ours": ("ours", "quickfix"), PEER: ("quickfix", "quickfix"), "both": ("ours", "ours")}


def measure(workshop: Workshop) -> list[Figure]:
    spent = run(python("-m", "tests.benchmarks.fix"), workshop.folder)
    codec = json.loads(spent.output)
    figures = [
        compared(f"{TITLE}, {what}", PEER, codec[what], None) for what in ("encode", "parse")
    ]
    figures.append(compared(f"{TITLE}, parse", UNREAD, codec["parse"], None))
    if IS_HERE:
        figures += _sessions(workshop.folder)
    return figures


def _sessions(folder: Path) -> list[Figure]:
    rounds = [
        {name: _session(path, folder) for name, path in PATHS.items()}
        for _ in range(SESSION_ROUNDS)
    ]
    return [
        _rate(rounds, "ours", "ours to QuickFIX"),
        _rate(rounds, "both", "ours to ours"),
        *(_way(rounds, name, what) for name in ("ours", "both") for what in ("p50", "p99")),
    ]


Rounds = list[dict[str, dict[str, float]]]


def _rate(rounds: Rounds, name: str, title: str) -> Figure:
    ours = [each[name]["rate"] for each in rounds]
    theirs = [each[PEER]["rate"] for each in rounds]
    ratios = [mine / other for mine, other in zip(ours, theirs, strict=True)]
    return Figure(
        f"FIX session, {title}, MassQuotes a second",
        _spread(ours),
        f"QuickFIX to QuickFIX {_spread(theirs)}",
        f"{statistics.median(ratios):.1f}× ({min(ratios):.1f}-{max(ratios):.1f})",
        rounds=[{"ours": mine, PEER: other} for mine, other in zip(ours, theirs, strict=True)],
    )


def _way(rounds: Rounds, name: str, what: str) -> Figure:
    title = "ours to QuickFIX" if name == "ours" else "ours to ours"
    figures = [{"ours": each[name][what], PEER: each[PEER][what]} for each in rounds]
    return compared(f"FIX session, {title}, 1,000 a second, one way {what}", PEER, figures, None)


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):,.0f} ({min(values):,.0f}-{max(values):,.0f})"


def _session(path: tuple[str, str], folder: Path) -> dict[str, float]:
    """One sends, the other takes; what the other found."""
    port = str(free_port())
    module = ("-m", "tests.benchmarks.fix_peers")
    sender, taker = path
    with (folder / "fix.err").open("ab") as errors:
        taking = subprocess.Popen(
            python(*module, taker, "take", port, folder),
            cwd=ROOT, stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
        sending = subprocess.Popen(
            python(*module, sender, "send", port, folder),
            cwd=ROOT, stdout=subprocess.DEVNULL, stderr=errors,
        )  # fmt: skip
        try:
            output, _ = taking.communicate(timeout=RUN_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise ChildFailed(f"{sender} to {taker}: took too long") from None
        finally:
            for child in (taking, sending):
                child.kill()
                child.wait()
    if not output:
        raise ChildFailed((folder / "fix.err").read_text()[-500:])
    found: dict[str, float] = json.loads(output.splitlines()[0])
    return found


def _rounds() -> dict[str, list[dict[str, float]]]:
    """Microseconds of CPU a message, ours and theirs in turns."""
    codec, at_ns = Codec(), time.time_ns()
    sending = Sending("RISKGW", "CHANNEL1", 1234, at_ns)
    quote = our_quote(at_ns)
    data = codec.encode(quote, sending)
    framer = Framer()

    def parse() -> None:
        for item in framer.receive(data):
            assert isinstance(item, bytes)
            codec.read(codec.open(item))

    ways: dict[str, dict[str, Callable[[], object]]] = {
        "encode": {"ours": lambda: codec.encode(our_quote(at_ns), sending)},
        "parse": {"ours": parse},
    }
    if IS_HERE:
        import quickfix  # noqa: PLC0415  # only where its wheel is

        dictionary = quickfix.DataDictionary(str(DICTIONARY))
        text = data.decode()

        def theirs() -> Any:
            message = quickfix.Message()
            message.setString(text, True, dictionary)  # noqa: FBT003  # with its checksum
            dictionary.validate(message)
            return message

        ways["encode"][PEER] = lambda: quickfix_quote(at_ns).toString()
        ways["parse"][PEER] = lambda: quickfix_values(theirs())
        ways["parse"][UNREAD] = theirs
    return {
        what: [{name: _timed(do) for name, do in each.items()} for _ in range(ROUNDS)]
        for what, each in ways.items()
    }


def _timed(do: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(MESSAGES):
        do()
    return (time.process_time() - began) / MESSAGES * 1e6


if __name__ == "__main__":
    print(json.dumps(_rounds()))  # noqa: T201  # read by the parent
