"""What touches the machine."""
