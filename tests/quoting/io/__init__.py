"""Tests of connections and files of the quote engine."""
