"""A certificate authority of the tests' own, and certificates for servers on this machine."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_PEM = serialization.Encoding.PEM


@dataclass(frozen=True)
class Authority:
    """The authority; `file` is its certificate as PEM, for whoever is to trust it."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    file: Path


def make_authority(folder: Path, name: str = "authority") -> Authority:
    """Make an authority and write its certificate to `folder`."""
    key, who = ec.generate_private_key(ec.SECP256R1()), _named(f"tests' {name}")
    builder = _builder(who, who, key).add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = builder.sign(key, hashes.SHA256())
    file = folder / f"{name}.pem"
    file.write_bytes(certificate.public_bytes(_PEM))
    return Authority(key, certificate, file)


def server_key_store(authority: Authority, folder: Path) -> Path:
    """Write a key and its certificate chain for 127.0.0.1 into one PEM file, as Kafka's key stores want it."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(IPv4Address("127.0.0.1"))])
    builder = _builder(_named("localhost"), authority.certificate.subject, key).add_extension(names, critical=False)
    certificate = builder.sign(authority.key, hashes.SHA256())
    plain = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "server.pem"
    file.touch(mode=0o600)
    file.write_bytes(plain + certificate.public_bytes(_PEM) + authority.certificate.public_bytes(_PEM))
    return file


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    began = datetime.now(UTC) - timedelta(minutes=5)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + timedelta(days=2))
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
