"""PINs, MACs and keys in a whole network, in virtual time: what is refused, and what is kept."""

import pytest

from simulator.network import Network, load_network
from simulator.terminal.card import Card
from simulator.virtual import World
from switch.keys import Purpose
from switch.store import sqlite_engine

AMINA = Card("9504010000000019", "4912")
VISITOR = Card("9504020000000018", "3112")


class Bench:
    """The local network in a world of its own, with every message that passed its switch."""

    def __init__(self, world, folder):
        self.world, self.folder, self.seen = world, folder, []
        self.network = Network(
            lambda party: world.process(party).runtime,
            load_network("local"),
            folder,
            tap=lambda session, direction, message: self.seen.append((direction, message.copy())),
        )
        self.do(self.network.start())

    def do(self, coroutine):
        async def run():
            return await coroutine

        return self.world.run_until(self.world.process("test").start(run), 600.0)

    @property
    def gab(self):
        return self.network.gabs["GAB00001"]

    def logged(self, words):
        return [text for event in self.world.history.events if words in (text := str(event))]

    def blocks(self):
        """Every PIN block that passed, either side of the switch."""
        found = {m.text("52") for _, m in self.seen} | {m.part("48", "24") for _, m in self.seen}
        return sorted(found - {""})


@pytest.fixture
def bench(tmp_path):
    with World(11) as world:
        made = Bench(world, tmp_path)
        yield made
        made.do(made.network.stop())
        assert world.failures == []


def test_a_pin_is_another_block_on_each_side_of_the_switch_and_a_mac_stays_on_its_line(bench):
    bench.do(bench.gab.withdraw(VISITOR, 20_000))
    requests = {way: m for way, m in bench.seen if m.mti == "0200"}
    assert requests["in"]["52"] != requests["out"]["52"]
    assert ("64" in requests["in"], "64" in requests["out"]) == (True, False)


def test_no_pin_block_is_in_any_file_or_log_line(bench):
    bench.do(bench.gab.withdraw(VISITOR, 20_000))
    bench.do(bench.gab.withdraw(AMINA, 20_000))
    bench.do(bench.gab.change_pin(AMINA, "1234", "98765"))
    bench.do(bench.gab.withdraw(AMINA, 20_000))
    blocks = bench.blocks()
    assert len(blocks) == 4
    kept = [path.read_bytes() for path in bench.folder.rglob("*") if path.is_file()]
    told = str(list(bench.world.history.events)).encode()
    for block in blocks:
        for form in (block.encode(), block.lower().encode(), bytes.fromhex(block)):
            assert not any(form in content for content in (*kept, told))
    assert not any(b"98765" in content for content in kept)


def test_after_a_restart_the_new_pin_is_the_right_one_and_tries_go_on(bench):
    bench.do(bench.gab.change_pin(AMINA, "1234", "98765"))
    wrong = Card(AMINA.pan, AMINA.expiry, "1111")
    codes = [bench.do(bench.gab.balance(wrong)).response_code for _ in range(2)]
    bench.do(bench.network.kill_party("core"))
    bench.do(bench.network.start_party("core"))
    codes.append(bench.do(bench.gab.balance(wrong)).response_code)
    codes.append(bench.do(bench.gab.balance(Card(AMINA.pan, "4912", "98765"))).response_code)
    assert codes == ["55", "55", "55", "75"]


def test_terminals_get_new_keys_when_they_sign_on_and_work_on(bench):
    bench.world.advance(5)
    before = [m for _, m in bench.seen if m.text("70") == "161"]
    assert {m.text("41").strip() for m in before} == {"GAB00001", "GAB00002", "AGC00001"}
    assert bench.logged("key replaced")
    bench.do(bench.network.stop_party("GAB00001"))
    bench.do(bench.network.start_party("GAB00001"))
    bench.world.advance(5)
    after = [m for _, m in bench.seen if m.text("70") == "161"]
    assert len(after) > len(before)
    assert bench.do(bench.gab.withdraw(AMINA, 20_000)).outcome == "approved"


def test_a_gab_that_lost_its_keys_has_them_again_once_it_signs_on(bench):
    bench.world.advance(120)
    bench.do(bench.network.stop_party("GAB00001"))
    (bench.folder / "keys" / "GAB00001.yaml").unlink()
    bench.do(bench.network.start_party("GAB00001"))
    bench.world.advance(5)
    assert bench.do(bench.gab.withdraw(AMINA, 20_000)).outcome == "approved"


def test_a_gab_with_another_mac_key_is_not_answered_and_nothing_is_debited(bench):
    bench.world.advance(120)
    module = bench.network.switch._keyring.module
    renewed = module.generate_key("tak.GAB00001", Purpose.RETAIL_MAC, replace=True)
    bench.world.advance(5)
    assert renewed.called
    result = bench.do(bench.gab.withdraw(AMINA, 20_000))
    assert (result.outcome, result.notes) == ("in_doubt", {})
    assert "wrong" in bench.logged("message is not authentic")[0]
    assert [m for _, m in bench.seen if m.mti == "0210"] == []


def test_a_terminal_dials_the_port_that_takes_its_group():
    loaded = load_network("local")
    listeners = loaded.settings.switch.listeners
    assert [loaded.listener_of(each)[0] for each in ("GAB00001", "AGC00001")] == ["secure"] * 2
    assert listeners["terminals"].groups == ("lab",)
    assert listeners["secure"].mac.key == "tak.{terminal}"


def ordered(bench, party):
    """What came of an operator's order to exchange the keys of a link."""
    engine = sqlite_engine(bench.folder / "switch.db")
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "INSERT INTO orders (kind, party, business_date, who, created_at, outcome)"
            " VALUES ('exchange-keys', ?, '', 'test', 'now', '')",
            (party,),
        )
    bench.world.advance(3)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT outcome FROM orders ORDER BY id DESC LIMIT 1")
        return str(found.scalar_one())


def test_an_operator_has_new_keys_sent_to_every_terminal_that_is_there(bench):
    bench.world.advance(1)  # the exchange after the sign-ons ends
    replaced = len(bench.logged("key replaced"))
    assert ordered(bench, "secure").startswith("new keys are on their way to 3 of secure")
    # GABs have a MAC and a PIN key, the counter a MAC key; each side says what it replaced.
    assert len(bench.logged("key replaced")) == replaced + 2 * (2 + 2 + 1)
    assert bench.do(bench.gab.withdraw(AMINA, 20_000)).outcome == "approved"
    assert ordered(bench, "issuer") == "refused: issuer is no link or listener with `exchange`"
