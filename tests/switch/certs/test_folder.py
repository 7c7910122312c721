"""What a test authority makes, checked by OpenSSL's own rules, and what it refuses to make."""

import stat
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID
from OpenSSL.crypto import X509, X509Store, X509StoreContext, X509StoreContextError, X509StoreFlags

from switch.certs import CertsError, CertsFolder, made_client, made_server

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
DAY = timedelta(days=1)


class Clock:
    def __init__(self, instant=START) -> None:
        self.instant = instant

    def now(self):
        return self.instant


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def certs(tmp_path, clock):
    made = CertsFolder(tmp_path / "certs", clock)
    made.create("A test authority")
    return made


def loaded(certs, name):
    return x509.load_pem_x509_certificate(certs.files(name)[0].read_bytes())


def openssl(certs, name, at=START):
    """What OpenSSL says of a certificate at an instant; "" when it accepts it."""
    store = X509Store()
    store.add_cert(X509.from_cryptography(loaded(certs, "authority")))
    store.add_crl(x509.load_pem_x509_crl(certs.revocations.read_bytes()))
    store.set_flags(X509StoreFlags.CRL_CHECK | X509StoreFlags.X509_STRICT)
    store.set_time(at.replace(tzinfo=None))
    try:
        context = X509StoreContext(store, X509.from_cryptography(loaded(certs, name)))
        context.verify_certificate()
    except X509StoreContextError as error:
        return str(error)
    return ""


def request(key, *hosts):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "somebody")])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    if hosts:
        names = x509.SubjectAlternativeName([x509.DNSName(each) for each in hosts])
        builder = builder.add_extension(names, critical=False)
    algorithm = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(key, algorithm).public_bytes(Encoding.PEM)


def refusal(work):
    with pytest.raises(CertsError) as raised:
        work()
    return str(raised.value)


@pytest.mark.parametrize("kind", ["ec", "rsa"])
def test_openssl_accepts_what_is_issued(certs, kind):
    certs.issue("switch", "server", kind=kind)
    assert openssl(certs, "switch") == ""


def test_the_key_is_that_of_the_certificate_and_its_owners_alone(certs):
    certs.issue("switch", "both")
    key = load_pem_private_key(certs.files("switch")[1].read_bytes(), None)
    assert key.public_key() == loaded(certs, "switch").public_key()
    for path in (certs.files("switch")[1], certs.files("authority")[1]):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(certs.path.stat().st_mode) == 0o700


def test_a_server_without_names_is_for_itself_and_this_machine(certs):
    assert certs.issue("switch", "server").names == ("switch", "localhost", "127.0.0.1")
    assert certs.issue("GAB00001", "client").names == ("GAB00001",)


def test_hosts_and_addresses_are_told_apart(certs):
    certs.issue("switch", "server", ["switch.bank.ma", "10.1.2.3", "::1"])
    held = loaded(certs, "switch").extensions.get_extension_for_class(x509.SubjectAlternativeName)
    assert held.value.get_values_for_type(x509.DNSName) == ["switch.bank.ma"]
    assert [str(a) for a in held.value.get_values_for_type(x509.IPAddress)] == ["10.1.2.3", "::1"]


def test_a_certificate_never_outlives_its_authority(certs):
    assert certs.issue("switch", "server", days=30_000).valid_until == certs.authority_until()


def test_an_authority_that_is_over_issues_nothing(certs, clock):
    clock.instant += 3651 * DAY
    assert "is over" in refusal(lambda: certs.issue("switch", "server"))


def test_a_request_is_signed_and_its_key_stays_where_it_is(certs):
    key = ec.generate_private_key(ec.SECP256R1())
    issued = certs.issue("bank", "both", request=request(key, "issuer.bank.ma"))
    assert issued.names == ("issuer.bank.ma",)
    assert loaded(certs, "bank").public_key() == key.public_key()
    assert not certs.files("bank")[1].exists()


def test_the_renewal_of_a_request_keeps_its_key(certs):
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certs.issue("bank", "both", request=request(key, "issuer.bank.ma"))
    renewed = certs.renew("bank")
    assert (renewed.names, renewed.usage) == (("issuer.bank.ma",), "both")
    assert loaded(certs, "bank").public_key() == key.public_key()
    assert not certs.files("bank")[1].exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (b"nothing", "no PKCS#10 request"),
        (request(ed25519.Ed25519PrivateKey.generate(), "a.ma"), "neither EC nor RSA"),
    ],
)
def test_a_request_that_cannot_be_signed_is_refused(certs, given, words):
    assert words in refusal(lambda: certs.issue("bank", "both", request=given))


def test_a_request_that_was_altered_is_refused(certs):
    pem = request(ec.generate_private_key(ec.SECP256R1()), "issuer.bank.ma")
    der = x509.load_pem_x509_csr(pem).public_bytes(Encoding.DER)
    altered = x509.load_der_x509_csr(der.replace(b"issuer.bank.ma", b"master.bank.ma"))
    told = refusal(lambda: certs.issue("bank", "both", request=altered.public_bytes(Encoding.PEM)))
    assert "not signed with the key" in told


def test_a_renewal_has_a_fresh_key_and_the_one_before_stays_good(certs):
    before = certs.issue("switch", "server", ["switch.bank.ma"])
    old = loaded(certs, "switch")
    after = certs.renew("switch")
    assert after.names == before.names
    assert loaded(certs, "switch").public_key() != old.public_key()
    states = {each.serial: (each.state, each.current) for each in certs.listed()}
    assert states == {before.serial: ("valid", False), after.serial: ("valid", True)}


def test_a_renewal_may_revoke_the_one_before(certs):
    before = certs.issue("switch", "server")
    after = certs.renew("switch", revoke=True)
    found = {each.serial: (each.state, each.reason) for each in certs.listed()}
    assert found == {before.serial: ("revoked", "superseded"), after.serial: ("valid", "")}
    assert openssl(certs, "switch") == ""


def test_what_is_revoked_is_refused_by_openssl(certs):
    certs.issue("switch", "server")
    certs.issue("GAB00001", "client")
    serial = certs.revoke("GAB00001", "key-compromise")
    assert "revoked" in openssl(certs, "GAB00001")
    assert openssl(certs, "switch") == ""
    assert refusal(lambda: certs.revoke("GAB00001")) == (
        f"the certificate {serial} of GAB00001 is revoked already"
    )


def test_an_older_certificate_is_revoked_by_its_serial(certs):
    before = certs.issue("switch", "server")
    certs.issue("other", "server")
    certs.renew("switch")
    assert "is that of switch, not of other" in refusal(
        lambda: certs.revoke("other", serial=before.serial)
    )
    assert certs.revoke("switch", serial=before.serial.lower()) == before.serial
    assert openssl(certs, "switch") == ""


def test_a_revocation_outlives_a_new_list(certs):
    certs.issue("switch", "server")
    certs.revoke("switch", "cessation")
    until = certs.rewrite_list(days=5)
    assert until == START + 5 * DAY
    assert [(each.state, each.reason) for each in certs.listed()] == [("revoked", "cessation")]


def test_each_list_has_a_higher_number(certs):
    def number():
        held = x509.load_pem_x509_crl(certs.revocations.read_bytes())
        return held.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number

    numbers = [number()]
    for _ in range(2):
        certs.rewrite_list()
        numbers.append(number())
    assert numbers == [1, 2, 3]


def test_the_end_of_a_certificate_shows(certs, clock):
    certs.issue("switch", "server", days=10)
    clock.instant += 11 * DAY
    assert certs.listed()[0].state == "over"
    assert "expired" in openssl(certs, "switch", at=clock.instant)


@pytest.mark.parametrize("name", ["", "a b", "../x", "authority", "x" * 65, ".hidden"])
def test_a_name_that_is_no_file_of_ours_is_refused(certs, name):
    refusal(lambda: certs.issue(name, "server"))
    assert certs.listed() == []


@pytest.mark.parametrize("host", ["é.ma", "-a.ma", "a..ma", "a b", "*.*.ma", ""])
def test_what_is_no_host_is_refused(certs, host):
    assert "neither a host's name nor an address" in refusal(
        lambda: certs.issue("switch", "server", [host])
    )
    assert not certs.files("switch")[0].exists()


def test_nothing_is_made_twice(certs):
    certs.issue("switch", "server")
    assert "renew it" in refusal(lambda: certs.issue("switch", "server"))
    assert "has an authority already" in refusal(lambda: certs.create("Another"))


def test_a_folder_without_an_authority_says_how_to_make_one(tmp_path, clock):
    assert "guichet certs init" in refusal(CertsFolder(tmp_path, clock).listed)


def test_a_key_of_another_authority_is_found(certs, tmp_path, clock):
    other = CertsFolder(tmp_path / "other", clock)
    other.create("Another")
    certs.files("authority")[1].write_bytes(other.files("authority")[1].read_bytes())
    assert "is not the key of" in refusal(lambda: certs.issue("switch", "server"))


def test_a_network_makes_what_it_needs_once(tmp_path, clock):
    folder = tmp_path / "net" / "certs"
    made_server(folder, clock, "switch", ["192.0.2.1"])
    made_client(folder, clock, "GAB00001")
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    made_server(folder, clock, "switch", ["192.0.2.1"])
    certs = made_client(folder, clock, "GAB00001")
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert openssl(certs, "switch") == openssl(certs, "GAB00001") == ""


def test_a_network_renews_what_is_soon_over(tmp_path, clock):
    made_server(tmp_path / "certs", clock, "switch", [])
    clock.instant += 340 * DAY
    certs = made_server(tmp_path / "certs", clock, "switch", [])
    assert openssl(certs, "switch", at=clock.instant + 60 * DAY) == ""
    assert len(certs.listed()) == 2


def test_a_network_makes_a_certificate_for_a_new_host(tmp_path, clock):
    made_server(tmp_path / "certs", clock, "switch", [])
    certs = made_server(tmp_path / "certs", clock, "switch", ["192.0.2.1"])
    assert [each.names for each in certs.listed() if each.current] == [
        ("localhost", "127.0.0.1", "192.0.2.1")
    ]


def test_a_network_does_not_undo_a_revocation(tmp_path, clock):
    certs = made_client(tmp_path / "certs", clock, "GAB00001")
    certs.revoke("GAB00001")
    made_client(tmp_path / "certs", clock, "GAB00001")
    assert [each.state for each in certs.listed()] == ["revoked"]
