"""Benchmarks, with peers beside us: `python -m tests.benchmarks [name…]`."""
