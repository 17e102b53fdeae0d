"""FX quoting."""
