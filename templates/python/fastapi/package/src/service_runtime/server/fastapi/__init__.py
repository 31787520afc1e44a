"""FastAPI: how HTTP reaches a service, and what a route of its own needs."""

from service_runtime.server.fastapi.caller import Caller, CallerOf, LifecycleOf

__all__ = ["Caller", "CallerOf", "LifecycleOf"]
