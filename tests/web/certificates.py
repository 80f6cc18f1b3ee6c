"""Certificates for tests: an authority of their own, and services with SPIFFE IDs that it signs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DOMAIN = "spiffe://example.org"
RENDER, SEARCH = f"{DOMAIN}/render", f"{DOMAIN}/search"
_DAY = timedelta(days=1)


class Authority:
    """One certificate authority."""

    def __init__(self, name: str = "test authority") -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        builder = self._builder(self._name, self._key.public_key(), _DAY)
        self.certificate = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).sign(
            self._key, hashes.SHA256()
        )

    def _builder(self, subject: x509.Name, key: ec.EllipticCurvePublicKey, life: timedelta) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _DAY)
            .not_valid_after(now + life)
        )

    def issue(
        self,
        directory: Path,
        *uris: str,
        life: timedelta = _DAY,
        trusted: tuple[Authority, ...] = (),
        names: tuple[x509.GeneralName, ...] = (),
    ) -> Path:
        """Write ``tls.crt``, ``tls.key`` and ``ca.crt`` for a service with these URI SANs, or with ``names``."""
        key = ec.generate_private_key(ec.SECP256R1())
        sans: list[x509.GeneralName] = [*map(x509.UniformResourceIdentifier, uris), *names] or [
            x509.DNSName("nobody.example.org")
        ]
        builder = self._builder(x509.Name([]), key.public_key(), life)
        certificate = builder.add_extension(x509.SubjectAlternativeName(sans), critical=True).sign(
            self._key, hashes.SHA256()
        )
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "tls.key").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        (directory / "tls.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        authorities = [one.certificate for one in trusted or (self,)]
        (directory / "ca.crt").write_bytes(
            b"".join(one.public_bytes(serialization.Encoding.PEM) for one in authorities)
        )
        return directory
