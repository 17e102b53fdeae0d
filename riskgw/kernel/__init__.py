"""Pure words every room may use: decimals, times, sides, levels."""
