"""The market gateway's process: its sources, and what it gives on."""
