"""What data sources say."""
