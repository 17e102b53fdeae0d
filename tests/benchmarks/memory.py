"""Peak memory of `manage.py decode`: ten times the capture must not need more."""

from tests.benchmarks.captures import Workshop
from tests.benchmarks.children import ROOT, python, run
from tests.benchmarks.figures import Figure

# The largest share that the long capture may need beyond the short one.
GROWTH_MAX = 0.2
SHORT, LONG = "szse-100mb", "szse-1gb"
# With events, the orders of the day are remembered: what grows is said, not judged.
SHORT_DAY, LONG_DAY = "szse-packed", "szse-large"
_MB = 1_000_000


def measure(workshop: Workshop) -> list[Figure]:
    plain = _figure(workshop, SHORT, LONG)
    growth = plain.rounds[0]["long_bytes"] / plain.rounds[0]["short_bytes"] - 1
    goal = f"≤ {1 + GROWTH_MAX:g}×"
    judged = Figure(
        plain.what, plain.ours, plain.peer, plain.ratio, goal, growth <= GROWTH_MAX, plain.rounds
    )
    return [judged, _figure(workshop, SHORT_DAY, LONG_DAY, "--events")]


def _figure(workshop: Workshop, short_name: str, long_name: str, *options: str) -> Figure:
    names = (short_name, long_name)
    sizes = [workshop.capture(name)[0].stat().st_size / _MB for name in names]
    short, long = (_peak(workshop, name, options) for name in names)
    return Figure(
        " ".join(("decode", *options, f"of {sizes[1]:.0f} MB, peak memory")),
        f"{long / _MB:.0f} MB",
        f"of {sizes[0]:.0f} MB: {short / _MB:.0f} MB",
        f"{long / short:.2f}×",
        rounds=[{"short_bytes": short, "long_bytes": long}],
    )


def _peak(workshop: Workshop, name: str, options: tuple[str, ...]) -> int:
    path, _ = workshop.capture(name)
    command = python(ROOT / "manage.py", "decode", path, *options)
    return run(command, workshop.folder, keep_output=False).peak_bytes
