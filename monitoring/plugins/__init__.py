"""Function modules of the product; nobody imports them but the loader."""
