"""An authority that vouches for the servers of a test."""

import subprocess
from pathlib import Path

NEW = ("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Authority:
    """Keeps what it makes in `folder`; `ca` is the PEM file of whoever trusts it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = folder / "ca.key"
        self.ca = folder / "ca.pem"
        openssl(*NEW, "-subj", "/CN=authority", "-keyout", str(self._key), "-out", str(self.ca))

    def certify(self, name: str, host: str) -> Path:
        """A PEM file of a key and its certificate, for `IP:127.0.0.1` or `DNS:kafka`."""
        path = self._folder / f"{name}.pem"
        signed = openssl(
            *(*NEW, "-subj", f"/CN={name}", "-addext", f"subjectAltName={host}"),
            *("-addext", "basicConstraints=critical,CA:FALSE"),
            *("-CA", str(self.ca), "-CAkey", str(self._key), "-keyout", str(path)),
        )
        with path.open("a", encoding="utf-8") as file:
            file.write(signed)
        return path


def openssl(*arguments: str) -> str:
    """What a command of openssl prints."""
    return subprocess.run(
        ["openssl", *arguments], check=True, capture_output=True, text=True
    ).stdout
