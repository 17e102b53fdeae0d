"""Real clients of SQL Server, captured while they work, and what they say they did."""
