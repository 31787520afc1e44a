"""The environment, wrong and right."""

import os
import subprocess
import sys

import pytest
from pydantic import SecretStr, ValidationError
from service_runtime.settings import (
    DEVELOPMENT_TOKEN,
    ServiceSettings,
)

LOAD = "from service_runtime.settings import ServiceSettings, load; load(ServiceSettings)"


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LOAD],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_all_that_is_wrong_is_said_at_once_and_no_secret_with_it() -> None:
    token = "hunter2"
    ended = start(APP_ENV="production", PORT="65536", LOG_LEVEL="loud", SERVICE_TOKEN=token)
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert token not in ended.stderr
    for name in ("PORT", "LOG_LEVEL", "SERVICE_TOKEN"):
        assert f"  {name}: " in ended.stderr


@pytest.mark.parametrize("token", ["", DEVELOPMENT_TOKEN, "short"])
def test_production_refuses_a_placeholder(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("SERVICE_TOKEN", token)
    with pytest.raises(ValidationError, match="service_token"):
        ServiceSettings()


def test_production_takes_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_ENV", "production")
    monkeypatch.setenv("SERVICE_TOKEN", "0123456789abcdef")
    assert ServiceSettings().service_token == SecretStr("0123456789abcdef")


def test_a_secret_does_not_show() -> None:
    assert DEVELOPMENT_TOKEN not in repr(ServiceSettings())


def test_only_this_machine_unless_set_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOST", raising=False)
    assert ServiceSettings().host == "127.0.0.1"


def test_several_tokens_are_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICE_TOKEN", "0123456789abcdef,fedcba9876543210")
    monkeypatch.setenv("APP_ENV", "production")
    assert ServiceSettings().service_tokens == ["0123456789abcdef", "fedcba9876543210"]
    monkeypatch.setenv("SERVICE_TOKEN", "0123456789abcdef,development-only")
    with pytest.raises(ValidationError, match="service_token"):
        ServiceSettings()


@pytest.mark.parametrize(
    "wrong", [{"tls_ca_file": "/nowhere"}, {"tls_cert_file": __file__}, {"tls_key_file": __file__}]
)
def test_what_does_not_fit_of_tls_is_refused(wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"tls_ca_file|TLS_CERT_FILE"):
        ServiceSettings.model_validate(wrong)
