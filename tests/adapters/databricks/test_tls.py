"""The address as production writes it: https://HOST, a certificate that is checked, a port."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from semantic_layer.errors import WarehouseUnavailable
from tests.adapters.databricks.conftest import ANN, MakeWarehouse
from tests.adapters.running import rows
from tests.workspace.engine import ScriptedEngine
from tests.workspace.state import WorkspaceState
from tests.workspace.thrift_server import WarehouseServer, serving

SQL = "SELECT 1 AS a"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, which is its own authority, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    names = [x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=1))
        .not_valid_after(datetime.now(UTC) + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@pytest.fixture
def secure_server(
    state: WorkspaceState, engine: ScriptedEngine, certificate: Path
) -> Iterator[WarehouseServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with serving(state, engine, tls=context) as running:
        yield running


def test_a_statement_goes_over_tls(
    make: MakeWarehouse, secure_server: WarehouseServer, certificate: Path
) -> None:
    trusting = {"_tls_trusted_ca_file": str(certificate)}
    host = secure_server.url.removeprefix("https://")
    for written in (host, f"https://{host}/"):
        warehouse = make(written, connection=trusting).for_credential(ANN)
        assert rows(warehouse, SQL) == [{"a": 1}]


def test_a_certificate_nobody_vouches_for_is_refused(
    make: MakeWarehouse, secure_server: WarehouseServer
) -> None:
    warehouse = make(secure_server.url).for_credential(ANN)
    with pytest.raises(WarehouseUnavailable):
        rows(warehouse, SQL)
    assert secure_server.requests == []
