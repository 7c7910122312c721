"""An empty database is filled from the settings, once."""

import pytest

from simulator.payment_core.seed import seed_if_empty
from switch.settings import Misfit


def test_the_local_network_begins_with_its_fixed_facts(bench):
    people = ("amina", "brahim", "chaimae", "driss")
    assert [bench.balance(getattr(bench, who)) for who in people[:2]] == [10_000_00, 150_00]
    holders = [
        row.holder for row in bench.rows("SELECT holder FROM accounts WHERE kind='customer'")
    ]
    assert sorted(holders) == list(people)


def test_seeding_again_changes_nothing(bench, settings):
    before = bench.rows("SELECT * FROM accounts")
    assert bench.turn(lambda turn: seed_if_empty(turn, settings)) is True
    assert bench.rows("SELECT * FROM accounts") == before


def test_other_settings_than_those_of_the_books_are_noticed(bench, settings):
    others = settings.model_copy(update={"bills": ()})
    assert bench.turn(lambda turn: seed_if_empty(turn, others)) is False


def test_settings_that_do_not_fit_together_fill_nothing(new_bench, settings):
    bench = new_bench()
    bench.turn(lambda turn: turn.connection.exec_driver_sql("DELETE FROM facts"))
    broken = settings.model_copy(update={"accounts": ()})
    with pytest.raises(Misfit, match="no account has this RIB"):
        bench.turn(lambda turn: seed_if_empty(turn, broken))
    bench.close()
