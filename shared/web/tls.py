"""Mutual TLS between the services: both present a certificate, and each checks the other's SPIFFE ID.

A directory holds ``tls.crt`` (the service's certificate and its chain), ``tls.key``, and ``ca.crt`` (the authorities
that sign peers): the names that Kubernetes and cert-manager use. A peer is identified by the one URI SAN of its
certificate (X509-SVID, SPIFFE standard, sections 2 and 5.2), not by its host name. Files that were rotated are read
within ``RELOAD_S``: new connections use them, open ones go on.

Errors:

    WebError
        TlsError    the directory does not hold a usable certificate, key and authority: says which file and why
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NoReturn

from shared.process.logger import get_logger
from shared.process.tasks import running_task
from shared.web import WebError
from shared.web.settings import Settings

#: The trust domain of both services, unless the settings say otherwise.
TRUST_DOMAIN = "spiffe://perspective.internal"
CERTIFICATE, KEY, AUTHORITIES = "tls.crt", "tls.key", "ca.crt"
#: Seconds between two checks of the files. A SPIRE agent rotates at half of a certificate's life of an hour.
RELOAD_S = 5.0

log = get_logger("tls")


class TlsError(WebError):
    """The files of a TLS directory cannot be used; the message says which and why."""


class PeerRefused(ssl.SSLCertVerificationError):
    """The peer's certificate is trusted, but its SPIFFE ID is not the expected one."""


def spiffe_id(certificate: dict[str, Any] | None) -> str | None:
    """The SPIFFE ID of a decoded certificate; ``None`` without one, or with more than one URI SAN."""
    names = (certificate or {}).get("subjectAltName", ())
    uris = [value for kind, value in names if kind == "URI"]
    return uris[0] if len(uris) == 1 and uris[0].startswith("spiffe://") else None


def _checking(expected: frozenset[str]) -> type[ssl.SSLObject]:
    """Return a TLS state class whose handshake fails for any peer that is not ``expected``.

    ``SSLContext.sslobject_class`` is the documented hook for it; checked here, no byte of a request is sent before.
    """
    return type("CheckingObject", (_CheckingObject,), {"expected": expected})


class _CheckingObject(ssl.SSLObject):
    """The TLS state of one connection. It logs once why the connection ended, whichever side refused the other."""

    expected: frozenset[str]
    _is_logged = False
    _has_read = False
    _refusal: ssl.SSLError | None = None

    def do_handshake(self) -> None:
        """See SSLObject. Raises SSLCertVerificationError for a certificate that is not trusted, or not expected."""
        if self._refusal is not None:
            raise self._refusal
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLCertVerificationError as error:
            self._refuse(error, reason=error.verify_message or error.reason)
        except ssl.SSLError as error:
            if error.reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
                self._refuse(error, reason="the peer has no certificate")
            self._log_alert(error)
            self._log("TLS handshake failed", reason=error.reason or str(error))
            raise
        self._check_identity()

    def _check_identity(self) -> None:
        found = spiffe_id(self.getpeercert()) or "no SPIFFE ID"
        if found not in self.expected:
            with contextlib.suppress(ssl.SSLError):
                self.unwrap()  # tells the peer that nothing follows
            error = PeerRefused(f"the peer has {found}, expected {', '.join(sorted(self.expected))}")
            self._refuse(error, peer=found, expected=sorted(self.expected))

    def _refuse(self, error: ssl.SSLError, **fields: object) -> NoReturn:
        """Log ``error``, and raise it at the next step: first the loop sends the alert, which the peer logs."""
        self._refusal = error
        self._log("TLS peer refused", **fields)
        raise ssl.SSLWantReadError

    def read(self, *arguments: Any) -> Any:
        """See SSLObject. A peer that refuses the identity of this service ends the connection without an alert."""
        try:
            data = super().read(*arguments)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            if not self._has_read:
                self._log_alert(error)
            raise
        if not data and not self._has_read:
            self._log(
                "TLS connection closed by the peer", reason="before its first byte: it may have refused this service"
            )
        self._has_read = True
        return data

    def _log_alert(self, error: ssl.SSLError) -> None:
        if "ALERT" in (error.reason or ""):
            self._log("TLS refused by the peer", reason=error.reason)

    def _log(self, event: str, **fields: object) -> None:
        """Log the first event alone: event loops step into a failed handshake again."""
        if not self._is_logged:
            self._is_logged = True
            log.warning(event, **fields)


@contextlib.asynccontextmanager
async def own_identity(settings: Settings, other: str) -> AsyncIterator[Identity | None]:
    """The identity of this service from the settings, kept up to date; ``None`` without a directory. Raises TlsError.

    ``other`` is the service that it talks to, ``render`` or ``search``, unless the settings name others.
    """
    if settings.tls_dir is None:
        yield None
        return
    peers = settings.tls_peers or f"{TRUST_DOMAIN}/{other}"
    identity = await asyncio.to_thread(Identity, settings.tls_dir, frozenset(peers.split(",")))
    async with identity.following():
        yield identity


class Identity:
    """The certificate of this service, the authorities it trusts and its allowed peers, kept up to date.

    ``client`` and ``server`` are the contexts of new connections. Reads files when built: raises TlsError.
    """

    def __init__(self, directory: Path, peers: frozenset[str]) -> None:
        self._directory = directory
        self._peers = peers
        self._signature = self._look()
        self.client, self._server = self._load()
        # A listener cannot change its context, so each handshake switches to the newest one.
        self.server = self._make(ssl.PROTOCOL_TLS_SERVER)
        self.server.sni_callback = self._hand_over

    def _hand_over(self, connection: ssl.SSLObject | ssl.SSLSocket, _name: str | None, _: ssl.SSLContext) -> None:
        connection.context = self._server

    def _look(self) -> tuple[object, ...]:
        """Return the signatures of the files. Raises TlsError."""
        signature = []
        for name in (CERTIFICATE, KEY, AUTHORITIES):
            try:
                status = (self._directory / name).stat()
            except OSError as error:
                raise TlsError(f"{self._directory / name} cannot be read: {error.strerror}") from error
            signature.append((status.st_mtime_ns, status.st_size, status.st_ino))
        return tuple(signature)

    def _load(self) -> tuple[ssl.SSLContext, ssl.SSLContext]:
        return self._make(ssl.PROTOCOL_TLS_CLIENT), self._make(ssl.PROTOCOL_TLS_SERVER)

    def _make(self, protocol: int) -> ssl.SSLContext:
        context = ssl.SSLContext(protocol)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.check_hostname = False  # a SPIFFE ID names the peer; its address says nothing
        context.verify_mode = ssl.CERT_REQUIRED
        context.sslobject_class = _checking(self._peers)
        certificate, key, authorities = (self._directory / name for name in (CERTIFICATE, KEY, AUTHORITIES))

        def refuse_pass_phrase() -> str:
            # OpenSSL would ask for it on the terminal, and wait.
            raise TlsError(f"{key} is encrypted: a service takes a key without a pass phrase")

        try:
            context.load_cert_chain(certificate, key, refuse_pass_phrase)
        except (OSError, ssl.SSLError) as error:
            raise TlsError(f"{certificate} and {key} are not a certificate and its key: {_reason(error)}") from error
        try:
            context.load_verify_locations(authorities)
        except (OSError, ssl.SSLError) as error:
            raise TlsError(f"{authorities} holds no certificate of an authority: {_reason(error)}") from error
        return context

    def reload(self) -> bool:
        """Read the files again if they changed; whether they did. Blocking. Raises TlsError, and keeps what it has."""
        signature = self._look()
        if signature == self._signature:
            return False
        contexts = self._load()
        self.client, self._server = contexts
        self._signature = signature
        return True

    @contextlib.asynccontextmanager
    async def following(self, every_s: float = RELOAD_S) -> AsyncIterator[None]:
        """Reload rotated files while the context is open."""
        async with running_task(self._follow(every_s)):
            yield

    async def _follow(self, every_s: float) -> None:
        failure = ""
        while True:
            await asyncio.sleep(every_s)
            try:
                if await asyncio.to_thread(self.reload):
                    log.info("TLS certificates read again", directory=str(self._directory))
                failure = ""
            except TlsError as error:  # half of a rotation: the next check will see the rest
                if str(error) != failure:
                    log.warning("TLS certificates not read again", reason=str(error))
                failure = str(error)


def _reason(error: OSError) -> str:
    return error.strerror or getattr(error, "reason", None) or str(error)
