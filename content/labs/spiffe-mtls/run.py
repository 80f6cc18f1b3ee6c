"""Mutual TLS between two workloads with X.509-SVID shaped certificates: what is refused, where, and what is not.

The certificates come from the `openssl` program; the handshakes are those of Python's `ssl` over the loopback.
"""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

DOMAIN = "spiffe://securepay.example/ns/securepay/sa"
CA_CONFIG = """
[ca]
default_ca = this
[this]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
"""
LEAF = """
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth, clientAuth
subjectAltName = critical, URI:{uri}
"""


class Missing(Exception):
    """The machine lacks a program."""


@dataclass(frozen=True)
class Svid:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


class Authority:
    """A signing authority of one trust domain, in its own folder."""

    def __init__(self, folder: Path) -> None:
        if shutil.which("openssl") is None:
            raise Missing("openssl is not installed: on Debian, apt-get install openssl")
        self._folder = folder
        folder.mkdir()
        (folder / "index").touch()
        (folder / "config").write_text(CA_CONFIG.format(folder=folder))
        self.bundle, self._key = folder / "bundle.pem", folder / "ca.key"
        self._openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "1",
            "-subj",
            "/O=SecurePay",
            "-keyout",
            self._key,
            "-out",
            self.bundle,
        )

    def issue(self, service: str, life: timedelta = timedelta(hours=1)) -> Svid:
        """An SVID that says that its holder is this service, from a minute ago until now + life."""
        stem = self._folder / f"{service}-{life.total_seconds():g}"
        key, request, extensions, certificate = (stem.with_suffix(s) for s in (".key", ".csr", ".ext", ".pem"))
        extensions.write_text(LEAF.format(uri=f"{DOMAIN}/{service}"))
        self._openssl(
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-subj",
            "/O=SPIRE",
            "-keyout",
            key,
            "-out",
            request,
        )
        now = datetime.now(UTC)
        start, end = (moment.strftime("%y%m%d%H%M%SZ") for moment in (now - timedelta(minutes=1), now + life))
        self._openssl(
            "ca",
            "-batch",
            "-notext",
            "-config",
            self._folder / "config",
            "-cert",
            self.bundle,
            "-keyfile",
            self._key,
            "-startdate",
            start,
            "-enddate",
            end,
            "-extfile",
            extensions,
            "-in",
            request,
            "-out",
            certificate,
        )
        return Svid(certificate, key)

    @staticmethod
    def _openssl(*arguments: object) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def context(side: ssl.Purpose, own: Svid | None, bundle: Path) -> ssl.SSLContext:
    """TLS 1.3, both sides verified against the trust bundle, host names not looked at."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT if side is ssl.Purpose.SERVER_AUTH else ssl.PROTOCOL_TLS_SERVER)
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.load_verify_locations(bundle)
    if own:
        made.load_cert_chain(own.certificate, own.key)
    return made


def spiffe_id(connection: ssl.SSLSocket) -> str:
    """The peer's one URI name. Raises ValueError unless there is exactly one."""
    names = [value for kind, value in (connection.getpeercert() or {}).get("subjectAltName", ()) if kind == "URI"]
    if len(names) != 1:
        raise ValueError(f"{len(names)} URI names")
    return names[0].removeprefix(f"{DOMAIN}/")


class Payments:
    """The callee: accepts whom its trust bundle covers, then answers only those on its list."""

    def __init__(self, svid: Svid, bundle: Path, accepted: set[str]) -> None:
        self._context, self._accepted = context(ssl.Purpose.CLIENT_AUTH, svid, bundle), accepted
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                raw, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(raw,), daemon=True).start()

    def _answer(self, raw: socket.socket) -> None:
        try:
            with self._context.wrap_socket(raw, server_side=True) as connection:
                caller = spiffe_id(connection)
                connection.sendall(
                    b"220"
                )  # TLS 1.3: until it reads this, the client does not know that it was accepted
                while connection.recv(64):
                    connection.sendall(b"202" if caller in self._accepted else f"403 {caller} may not".encode())
        except (OSError, ValueError):
            raw.close()

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()


def call(
    address: tuple[str, int], settings: ssl.SSLContext, expected: str = "payments", host: str | None = None
) -> str:
    """One request: the answer, or why there is none."""
    try:
        with (
            socket.create_connection(address, timeout=5) as raw,
            settings.wrap_socket(raw, server_hostname=host) as connection,
        ):
            if spiffe_id(connection) != expected:
                return f"refused by the caller: this is {spiffe_id(connection)}"
            connection.recv(3)
            connection.sendall(b"POST /payments")
            return connection.recv(64).decode()
    except ssl.SSLError as error:
        return f"{error.reason}{f': {error.verify_message}' if isinstance(error, ssl.SSLCertVerificationError) else ''}"
    except ConnectionError as error:
        return type(error).__name__


def experiments(folder: Path) -> None:
    """Each caller in turn, then a connection that outlives its certificate."""
    ours, theirs = Authority(folder / "ours"), Authority(folder / "theirs")
    server = Payments(ours.issue("payments"), ours.bundle, {"gateway"})

    def client(own: Svid | None, bundle: Path = ours.bundle) -> ssl.SSLContext:
        return context(ssl.Purpose.SERVER_AUTH, own, bundle)

    gateway = ours.issue("gateway")
    by_name = client(gateway)
    by_name.check_hostname = True
    callers = {
        "gateway": lambda: call(server.address, client(gateway)),
        "no certificate": lambda: call(server.address, client(None)),
        "gateway, but of another authority": lambda: call(server.address, client(theirs.issue("gateway"))),
        "gateway, expired a second ago": lambda: call(
            server.address, client(ours.issue("gateway", timedelta(seconds=-1)))
        ),
        "fraud, a valid workload": lambda: call(server.address, client(ours.issue("fraud"))),
        "gateway, which expected wallet": lambda: call(server.address, client(gateway), "wallet"),
        "gateway, with the host name check on": lambda: call(server.address, by_name, host="payments"),
    }
    for who, attempt in callers.items():
        print(f"{who:38} {attempt()}")

    short = client(ours.issue("gateway", timedelta(seconds=3)))
    with socket.create_connection(server.address, timeout=5) as raw, short.wrap_socket(raw) as connection:
        connection.recv(3)
        time.sleep(4)
        connection.sendall(b"POST /payments")
        print(f"{'old connection, expired since':38} {connection.recv(64).decode()}")
    print(f"{'new connection, same certificate':38} {call(server.address, short)}")
    server.close()


def main() -> int:
    """Run it; 3 where openssl is not installed."""
    try:
        with tempfile.TemporaryDirectory() as folder:
            print(ssl.OPENSSL_VERSION.split("  ")[0] + f", Python {sys.version.split()[0]}")
            experiments(Path(folder))
    except Missing as missing:
        print(missing, file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
