"""What a service reports unasked, to any number of listeners."""
