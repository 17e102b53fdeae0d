"""Tests of the capture file reader."""
