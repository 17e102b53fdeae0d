"""`python -m tests.fuzz TARGET [corpus] [libFuzzer options]`, in an environment with atheris."""

import sys

import atheris  # type: ignore[import-untyped]  # not among the project's pins

with atheris.instrument_imports(include=["capture", "riskgw"]):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    name = sys.argv.pop(1)
    atheris.Setup(sys.argv, TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    main()
