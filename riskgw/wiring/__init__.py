"""The top room: commands that join apps, and start-up. It may import every app."""
