"""Connections and files of the quote engine."""
