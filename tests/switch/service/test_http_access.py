"""Tokens from where a file says they are; services that others can reach need one."""

import stat
from random import Random

import pytest

from switch.runtime import SeededEntropy
from switch.service.checks import load_switch_file
from switch.service.http_access import open_token
from switch.service.opening import KeysError
from switch.settings import SettingsError
from switch.settings.access import TokenSettings

GOOD = "a-token-of-twenty-characters"

FILE = """\
network: bank
institution: "00504001"
switch:
  listeners:
    terminals: {kind: terminals, port: 7001}
  core: {port: 7003, token: {file: core.token}}
  metrics_port: 7005
  metrics_interface: 127.0.0.1
  metrics_access: {rate_max: 5}
  routes:
    - {name: all, to: core}
  groups: {}
"""


class Surroundings:
    def __init__(self, seed=1):
        self.entropy = SeededEntropy(Random(seed))


def opened(folder, environ=(), **settings):
    return open_token(Surroundings(), TokenSettings(**settings), folder, dict(environ))


def loaded(tmp_path, old="", new=""):
    assert old in FILE
    path = tmp_path / "bank.yaml"
    path.write_text(FILE.replace(old, new, 1))
    return load_switch_file(str(path))


def test_a_token_is_made_once_for_its_owner_alone(tmp_path):
    token = opened(tmp_path, made="core")
    file = tmp_path / "tokens" / "core"
    assert len(token) == 64
    assert file.read_text().strip() == token
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert open_token(Surroundings(2), TokenSettings(made="core"), tmp_path, {}) == token


def test_a_token_comes_from_the_environment_or_a_file(tmp_path):
    (tmp_path / "core.token").write_text(f"{GOOD}\nsecond line\n")
    assert opened(tmp_path, {"CORE_TOKEN": GOOD}, env="CORE_TOKEN") == GOOD
    assert opened(tmp_path, file=str(tmp_path / "core.token")) == GOOD
    assert open_token(Surroundings(), None, tmp_path, {}) is None


def test_a_token_that_cannot_be_had_is_told_and_never_quoted(tmp_path):
    weak = tmp_path / "weak"
    weak.write_text("hunter2 hunter2 hunter2\n")
    for given, said in [
        ({"env": "CORE_TOKEN"}, "CORE_TOKEN is not set"),
        ({"file": str(tmp_path / "none")}, "none cannot be read: No such file"),
        ({"file": str(weak)}, "weak holds no token: 20 characters or more"),
    ]:
        with pytest.raises(KeysError, match=said) as caught:
            opened(tmp_path, **given)
        assert "hunter2" not in str(caught.value)


def test_the_file_of_a_token_lies_beside_the_network_file(tmp_path):
    assert loaded(tmp_path).switch.core.token.file == str(tmp_path / "core.token")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("127.0.0.1", "0.0.0.0", "bank.yaml:8:22: 0.0.0.0 is beyond this machine: give "),
        ("127.0.0.1", "10.1.2.3", "bank.yaml:8:22: 10.1.2.3 is beyond this machine"),
        ("{file: core.token}", "{}", "bank.yaml:6:22: give one of `env`, `file` and `made`"),
        ("{file: core.token}", "{file: a, env: B}", "give one of `env`, `file` and `made`"),
        ("{rate_max: 5}", "{tls: {ca: x.pem}}", "a port with TLS needs a `certificate`"),
        ("7003,", "7003, tls: {names: [core]},", "a line that we dial needs `ca`"),
    ],
)
def test_a_service_that_others_reach_is_not_left_open(tmp_path, old, new, said):
    with pytest.raises(SettingsError) as caught:
        loaded(tmp_path, old, new)
    assert said in str(caught.value)


def test_a_service_that_others_reach_may_want_a_token_or_certificates(tmp_path):
    everywhere = FILE.replace("metrics_interface: 127.0.0.1", "metrics_interface: 0.0.0.0")
    path = tmp_path / "bank.yaml"
    for access in ("token: {env: SCRAPER}", "tls: {made: metrics}"):
        path.write_text(everywhere.replace("rate_max: 5", access))
        assert load_switch_file(str(path)).switch.metrics_interface == "0.0.0.0"
