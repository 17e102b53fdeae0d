"""FX quoting as rules: what is quoted, at which price, and when it must not stand."""
