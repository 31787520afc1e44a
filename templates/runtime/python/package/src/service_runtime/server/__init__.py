"""A service from its start to its end, and a call as an HTTP request."""
