"""The port of this service: what its domain code and its transports share, and nothing of either.

Nothing in this package imports a web framework, a transport or the domain code.
"""
