"""From mirrored packets to business events."""
