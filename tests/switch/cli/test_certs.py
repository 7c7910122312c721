"""`guichet certs` as its user runs it."""

import json

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from switch.cli.certs import certs


@pytest.fixture
def run(tmp_path):
    def run(*arguments, given=None):
        result = CliRunner().invoke(
            certs, [*arguments, "--dir", str(tmp_path / "certs")], input=given
        )
        return result.exit_code, result.output

    return run


def test_the_whole_life_of_a_certificate(run):
    assert run("init")[0] == 0
    code, told = run("issue", "switch", "--for", "server", "--days", "10")
    assert code == 0
    assert "switch.pem is valid until" in told
    assert "switch.key" in told
    assert "for switch, localhost, 127.0.0.1" in told
    _, listed = run("list")
    assert "9 days left" in listed
    run("renew", "switch")
    run("revoke", "switch", "--reason", "key-compromise")
    _, listed = run("list")
    assert "revoked (key-compromise)" in listed
    assert ", replaced" in listed


def test_the_list_as_json(run):
    run("init")
    run("issue", "GAB00001", "--for", "client", "--host", "gab.bank.ma")
    (found,) = json.loads(run("list", "--json")[1])
    assert (found["name"], found["for"], found["hosts"]) == ("GAB00001", "client", ["gab.bank.ma"])
    assert (found["state"], found["in_use"]) == ("valid", True)


def test_a_request_from_standard_input(run, tmp_path):
    run("init")
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bank")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    request = builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM)
    code, told = run("issue", "bank", "--request", "-", given=request)
    assert code == 0
    assert "its key stays with whoever asked for it" in told
    assert not (tmp_path / "certs" / "bank.key").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("list",), "guichet certs init"),
        (("renew", "nobody"), "guichet certs init"),
        (("issue", "x", "--request", "/nowhere"), "/nowhere cannot be read: No such file"),
    ],
)
def test_a_refusal_is_one_line(run, arguments, words):
    result = run(*arguments)
    assert result[0] != 0
    assert words in result[1]
    assert len(result[1].splitlines()) == 1


def test_the_list_of_revoked_certificates_is_signed_anew(run):
    run("init")
    assert "authority.crl is good until" in run("crl", "--days", "3")[1]
    assert "2 days left" in run("list")[1]
