"""Function modules: what they offer, and how running processes take them up and let them go."""
