"""Asks the service on this machine, over TLS where it is served so.

    python -P service_runtime/probe.py /readyz

As a module it would import the whole package, every few seconds.
Who looks after containers has no certificate: the service's own is shown.
"""

import http.client
import os
import ssl
import sys


def main() -> None:
    """End with 0 when the answer is 200."""
    port, certificate = int(os.environ.get("PORT") or 8000), os.environ.get("TLS_CERT_FILE")
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # It is this machine: the name in the certificate is another.
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.load_cert_chain(certificate, os.environ.get("TLS_KEY_FILE"))
        probe = http.client.HTTPSConnection("127.0.0.1", port, timeout=4, context=context)
    else:
        probe = http.client.HTTPConnection("127.0.0.1", port, timeout=4)
    probe.request("GET", sys.argv[1])
    raise SystemExit(probe.getresponse().status != http.client.OK)


if __name__ == "__main__":
    main()
