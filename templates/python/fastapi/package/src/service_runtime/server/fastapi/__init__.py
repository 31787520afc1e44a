"""How this service is reached by HTTP."""
