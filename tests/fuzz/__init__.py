"""Coverage-guided fuzzing of every decoder, outside CI; what it found is replayed in CI."""
