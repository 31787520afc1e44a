"""FastAPI: how HTTP reaches a service, and what a route of its own needs."""

from service_runtime.server.fastapi.caller import Caller, LifecycleOf

__all__ = ["Caller", "LifecycleOf"]
