"""A service from its start to its end, and how HTTP carries a call."""
