"""What every service of the system is made of: calls, events, ways in, and what is seen of them.

Handlers need the names of this module; each folder holds one idea. Nothing here knows a contract,
a handler or another package of the system.
"""

from service_runtime.calls.call import Call, Caller, Events, Incoming
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem, unimplemented
from service_runtime.calls.values import EventModel, Model
from service_runtime.identity import Identity
from service_runtime.server.definition import Definition
from service_runtime.settings import Port, ServiceSettings

__all__ = [
    "Call",
    "Caller",
    "Definition",
    "EventModel",
    "Events",
    "Identity",
    "Incoming",
    "Model",
    "Operation",
    "Port",
    "Problem",
    "ServiceSettings",
    "unimplemented",
]
