"""What data sources say, normalised to events of the book; docs/protocols/sources.md."""
