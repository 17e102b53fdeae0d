"""The site in a browser, as its users have it before them."""
