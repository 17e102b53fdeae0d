"""Sans-I/O decoders: bytes in, messages out, a limit on every length."""
