"""The published language between apps: frozen messages and their JSON."""
