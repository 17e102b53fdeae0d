"""A made-up trading day: investors, a market that matches, and the links a mirror port shows."""
