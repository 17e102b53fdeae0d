"""What touches the machine: samples of it, files that are followed."""
