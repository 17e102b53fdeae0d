"""FIX 4.4: framing, codec, messages of the profile, session."""
