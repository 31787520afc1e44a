"""What goes wrong with a server, as problems: callers learn what they can do, the log why."""

import email.utils
import re
import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import structlog
from httpx2 import ConnectTimeout
from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError
from service_runtime.calls.problem import FieldError, Problem

RETRY_AFTER: Final = 1.0
"""Seconds after which a server that does not say may be asked again."""

LONGEST: Final = 86400.0
"""Seconds that callers are sent away for at most, whatever a server says."""

TOO_LONG: Final = ("context_length_exceeded", "exceed_context_size_error")
"""Codes and types of a conversation that is too long: those of OpenAI and of llama.cpp."""

LENGTH: Final = re.compile(
    r"(?:maximum|model's) (?:context|model) length(?:\D{0,20}(?P<tokens>\d[\d,]*))?"
    r"|available context size",
    re.IGNORECASE,
)
"""What servers without a code for it say: vLLM, SGLang, and llama.cpp until 2025."""

WITH_ANSWER: Final = ("requested", "max_tokens", "max_completion_tokens")
"""What stands where a server counts the answer, too, as long as it may become."""

_logger = structlog.stdlib.get_logger(__name__)


def wrong(pointer: str, detail: str) -> Problem:
    """The problem of a field that is not what it may be; `pointer` is its JSON Pointer."""
    return Problem("invalid_argument", detail, errors=[FieldError(pointer=pointer, detail=detail)])


def too_long(detail: str) -> Problem:
    """The problem of a conversation that leaves no room for an answer."""
    return wrong("/messages", detail)


def broken(why: str) -> Problem:
    """The problem of an answer that is no answer.

    Args:
        why: For the log.
    """
    _logger.warning("the answer of the language model is broken", why=why)
    return Problem(
        "unavailable", "the language model broke off its answer", retry_after=RETRY_AFTER
    )


def problem_of(error: APIError, *, max_tokens: int = 0) -> Problem:
    """What callers learn of an error of OpenAI's client; the log has it as it is.

    Args:
        error: As it was raised.
        max_tokens: Of the answer that was asked for, at most.
    """
    match error:
        # Where no connection came about nothing was asked.
        case APITimeoutError() if not isinstance(error.__cause__, ConnectTimeout):
            _logger.warning("the language model is silent", url=_url(error))
            return Problem("deadline_exceeded", "the language model did not answer in time")
        case APIConnectionError():
            cause = repr(error.__cause__ or error)
            _logger.warning("the language model is not reached", url=_url(error), cause=cause)
            return Problem(
                "unavailable", "the language model is not reached", retry_after=RETRY_AFTER
            )
        case _ if _is_too_long(error, max_tokens):
            counted = any(word in error.message for word in WITH_ANSWER)
            answer = f" with an answer of {max_tokens} tokens" if counted else ""
            return too_long(f"the conversation{answer} is longer than the language model takes")
        case APIStatusError():
            return _refused(error)
        case _:
            return broken(error.message)


def _refused(error: APIStatusError) -> Problem:
    """The problem of a status that is no success."""
    status = error.status_code
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        seconds = _retry_after(error.response.headers)
        return Problem(
            "resource_exhausted", "the language model has too much to do", retry_after=seconds
        )
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        _logger.error("the language model refuses the key: see LANGUAGE_API_KEY", status=status)
        return Problem("unavailable", "the language model cannot be asked")
    if status == HTTPStatus.NOT_FOUND:
        _logger.error(
            "there is no such language model: see LANGUAGE_BASE_URL and LANGUAGE_MODEL",
            url=_url(error),
            cause=error.message,
        )
        return Problem("unavailable", "the language model cannot be asked")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _logger.warning("the language model fails", status=status, cause=error.message)
        seconds = _retry_after(error.response.headers)
        return Problem("unavailable", "the language model fails", retry_after=seconds)
    _logger.error("the language model refuses the request", status=status, cause=error.message)
    return Problem("internal", "the service failed; its log has the cause")


def _is_too_long(error: APIError, max_tokens: int) -> bool:
    said = LENGTH.search(error.message)
    if said is None or said["tokens"] is None:
        return said is not None or error.code in TOO_LONG or error.type in TOO_LONG
    # Beside an answer that takes all of it no conversation is short enough: that is
    # LANGUAGE_MAX_TOKENS, and not the caller's to mend.
    return max_tokens < int(said["tokens"].replace(",", ""))


def _retry_after(headers: Mapping[str, str]) -> float:
    """Seconds, of a number or of a date (RFC 9110, 10.2.3)."""
    text = headers.get("retry-after", "")
    try:
        seconds = float(text)
    except ValueError:
        seconds = _until(text)
    return min(max(RETRY_AFTER, seconds), LONGEST)


def _until(date: str) -> float:
    """Seconds until then; those of a server that does not say where it is none."""
    try:
        return email.utils.parsedate_to_datetime(date).timestamp() - time.time()
    except (ValueError, OverflowError):
        return RETRY_AFTER


def _url(error: APIConnectionError | APIStatusError) -> str:
    """What was asked, for the log: without a password that stands in it."""
    return str(error.request.url.copy_with(userinfo=b""))
