"""TLS towards brokers."""

import ssl
from typing import Any

from service_runtime.settings import TlsSettings


class _Named(ssl.SSLContext):
    """Expects one name in certificates, whatever the address of the broker."""

    name: str | None = None

    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:  # noqa: ANN401 (as `ssl` has it)
        """How asyncio begins TLS."""
        return super().wrap_bio(*args, **options | {"server_hostname": self.name})


def client_context(settings: TlsSettings) -> ssl.SSLContext:
    """Trusts the CA that is set, or those of the system; shows the service's certificate.

    Raises:
        OSError: A file holds no certificate, or the key is another's.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if settings.tls_server_name:
        context = _Named(ssl.PROTOCOL_TLS_CLIENT)
        context.name = settings.tls_server_name
    if settings.tls_ca_file:
        context.load_verify_locations(settings.tls_ca_file)
    else:
        context.load_default_certs()
    if settings.tls_cert_file:
        context.load_cert_chain(settings.tls_cert_file, settings.tls_key_file)
    return context
