"""A GAB and an issuer host on real sockets, real threads and real files."""

from pathlib import Path

import pytest_twisted
from sqlalchemy import text

from simulator.gab.gab import Gab
from simulator.gab.settings import CassetteSettings, GabSettings
from simulator.hosts.issuer import IssuerHost
from simulator.hosts.rules import LOSE_ANSWERS
from simulator.hosts.settings import IssuerSeed
from simulator.terminal.card import Card
from switch.runtime import real_runtime
from switch.settings import config_folder, load
from switch.store import sqlite_engine
from switch.wire import Codec, load_dialect, make_framing

CASSETTES = {"1": CassetteSettings(note=200, count=10), "2": CassetteSettings(note=20, count=10)}
RICH, POOR = Card("9504020000000018", "3112"), Card("9504020000000026")


def standing(database: Path) -> list[tuple[str, int]]:
    engine = sqlite_engine(database, read_only=True)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT terminal_id, SUM(amount_minor - reversed_minor) FROM postings "
                "WHERE kind = 'withdrawal' GROUP BY terminal_id"
            )
        )
        return [tuple(row) for row in rows]


@pytest_twisted.ensureDeferred
async def test_withdrawals_cross_a_real_line_and_both_books_agree(tmp_path):
    from twisted.internet import reactor

    runtime = real_runtime(reactor, seed=1)
    codec, framing = Codec(load_dialect("gab87")), make_framing("2-byte-binary")
    seed = load(config_folder() / "seed" / "local-issuer.yaml", IssuerSeed)
    host = IssuerHost(
        runtime.of("issuer"), seed, tmp_path / "issuer.db", port=0, codec=codec, framing=framing
    )
    await host.start()
    gab = Gab(
        runtime.of("GAB00001"),
        GabSettings(timeout=0.2, cassettes=CASSETTES),
        terminal_id="GAB00001",
        acceptor="AGENCE000000001",
        institution="504001",
        host="127.0.0.1",
        port=host.port,
        codec=codec,
        framing=framing,
        folder=tmp_path / "gab",
    )
    gab.start()
    try:
        await gab.when_ready()
        approved = await gab.withdraw(RICH, 26000)
        refused = await gab.withdraw(POOR, 20000)
        await host.set_rules(LOSE_ANSWERS)
        doubtful = await gab.withdraw(RICH, 20000)
        await host.drop_rules(LOSE_ANSWERS.name)
        await gab.when_quiet()
        balance = await gab.balance(RICH)
    finally:
        await gab.stop()
        await host.stop()
    outcomes = [each.outcome for each in (approved, refused, doubtful)]
    assert outcomes == ["approved", "declined", "in_doubt"]
    assert balance.available_minor == 500_000 - 26_000
    assert standing(tmp_path / "issuer.db") == [("GAB00001", 26_000)]
