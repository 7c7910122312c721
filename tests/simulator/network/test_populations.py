"""Customers drawn from a seed, and GABs in series."""

import pytest
from pydantic import ValidationError

from simulator.gab.settings import CassetteSettings, GabSettings
from simulator.hosts.settings import AccountSeed, CardSeed, IssuerSeed
from simulator.network.populations import PopulationSettings, draw, in_core, in_issuer
from simulator.network.series import GabSeries, with_series
from simulator.payment_core import CoreSettings
from simulator.payment_core.checks import misfits
from switch.settings import Misfit
from switch.settings.keys import PinReference

BLOCK = {
    "bank": "core",
    "count": 1000,
    "cards": "95040101",
    "balance": {"at_least": 300_00, "at_most": 25_000_00},
    "payday": {"day": 28, "salary": {"at_least": 3_200_00, "at_most": 18_000_00}},
    "habits": [
        {"name": "often", "weight": 3, "amounts": [100_00]},
        {"name": "weekly", "amounts": [500_00, 800_00]},
    ],
}


def block(**changes):
    return PopulationSettings.model_validate(BLOCK | changes)


def test_a_block_draws_the_same_customers_each_time_and_others_from_another_seed():
    people = draw("ours", block(), "999").people
    assert people == draw("ours", block(), "999").people
    assert people != draw("ours", block(seed=2), "999").people
    assert len({person.pan.clear for person in people}) == 1000


def test_what_is_drawn_lies_in_its_bounds_and_follows_the_weights():
    people = draw("ours", block(), "999").people
    assert all(300_00 <= each.balance_minor <= 25_000_00 for each in people)
    assert all(3_200_00 <= each.salary_minor <= 18_000_00 for each in people)
    assert all(each.amount_minor in {"often": {100_00}, "weekly": {500_00, 800_00}}[each.habit]
               for each in people)  # fmt: skip
    assert 650 < sum(each.habit == "often" for each in people) < 850


def test_a_name_is_a_test_name_and_a_card_is_masked_wherever_it_is_shown():
    person = draw("ours", block(), "999").people[0]
    assert "Test ours 1" in person.name
    assert person.pan.clear not in repr(person)


def test_the_core_takes_them_with_sound_accounts_cards_and_pins():
    pins = PinReference(method="pvv", key="k", published_key="0123456789ABCDEFFEDCBA9876543210")
    population = draw("ours", block(count=20), "999")
    seed = in_core(CoreSettings(pins=pins), {"ours": population})
    assert (len(seed.accounts), len(seed.cards)) == (20, 20)
    assert list(misfits(seed)) == []
    assert all(card.pin_value and len(card.pin_value) == 4 for card in seed.cards)


def test_a_card_that_the_bank_has_already_is_told():
    population = draw("t", block(bank="issuer", cards="95040200", count=20), "999")
    taken = population.people[3].pan
    seed = IssuerSeed(
        accounts=(AccountSeed(id="1", holder="h"),),
        cards=(CardSeed(pan=taken, account="1", expiry="3112"),),
    )
    with pytest.raises(Misfit, match="another card of the bank") as refused:
        in_issuer(seed, {"t": population})
    assert refused.value.where == ("t", "cards")


@pytest.mark.parametrize(
    "changes",
    [
        {"cards": "95040100000", "count": 100_000},
        {"balance": {"at_least": 2, "at_most": 1}},
        {"count": 0},
        {"habits": [{"name": "none", "amounts": []}]},
    ],
)
def test_a_block_that_cannot_be_is_refused(changes):
    with pytest.raises(ValidationError):
        block(**changes)


def test_gabs_that_are_named_win_over_those_of_a_series():
    cassettes = {"1": CassetteSettings(note=200, count=1)}
    mine = GabSettings(cassettes=cassettes, language="en")
    series = GabSeries(id="GAB00001", to="GAB08163", cassettes=cassettes, timeout=12.0)
    gabs = with_series({"GAB00002": mine}, (series,))
    assert len(gabs) == 8163
    assert gabs["GAB00002"] is mine
    assert (gabs["GAB08163"].timeout, type(gabs["GAB08163"])) == (12.0, GabSettings)
