"""Tests of the sans-I/O decoders."""
