"""What the documentation says of answers that are no result."""

from typing import Any, Final

from service_runtime.calls.problem import KINDS
from service_runtime.server.http import PROBLEM_TYPE

_PROBLEM: Final[dict[str, Any]] = {
    "description": "Why the request was refused or failed (RFC 9457).",
    "content": {
        PROBLEM_TYPE: {
            "schema": {
                "type": "object",
                "required": ["type", "title", "status", "detail", "code"],
                "properties": {
                    "type": {"type": "string", "format": "uri"},
                    "title": {"type": "string"},
                    "status": {"type": "integer"},
                    "detail": {"type": "string"},
                    "code": {"type": "string", "enum": list(KINDS)},
                    "errors": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "required": ["pointer", "detail"],
                            "properties": {
                                "pointer": {"type": "string", "format": "json-pointer"},
                                "detail": {"type": "string"},
                            },
                        },
                    },
                    "trace_id": {"type": "string"},
                },
            }
        }
    },
}

PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {"4XX": _PROBLEM, "5XX": _PROBLEM}
"""`responses` of every operation."""
