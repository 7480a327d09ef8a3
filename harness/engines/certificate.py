"""What is amiss with a server's certificate."""

from __future__ import annotations

import socket
import ssl

TIMEOUT_S = 5


def fault(host: str, port: int, ca: str | None) -> str | None:
    """Why a server is not to be trusted, by a handshake; null where it is, or none comes about.

    `ca` is a PEM file of the authorities that may vouch for it; those of the system where null.
    """
    try:
        context = ssl.create_default_context(cafile=ca)
        with socket.create_connection((host, port), TIMEOUT_S) as connection:
            context.wrap_socket(connection, server_hostname=host).close()
    except ssl.SSLCertVerificationError as error:
        return error.verify_message
    except OSError:
        pass
    return None
