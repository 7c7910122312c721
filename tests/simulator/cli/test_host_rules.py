"""`guichet issuer rules`: set, listed, cleared in the books of a host."""

import json

import pytest
from click.testing import CliRunner

from simulator.cli.parties import issuer
from simulator.hosts.tables import SCHEMA
from switch.store.databases import SqliteDatabase
from switch.store.migrating import migrate


@pytest.fixture
def rules(tmp_path):
    migrate(SqliteDatabase(tmp_path / "issuer.db"), SCHEMA)

    def run(*arguments):
        command, *others = arguments
        place = ["rules", command, "--data-dir", str(tmp_path), *others]
        return CliRunner().invoke(issuer, place, standalone_mode=False)

    return run


def test_rules_are_set_in_front_listed_and_cleared(rules):
    assert "set do not honour: answer 05" in rules("set", "do-not-honour").output
    rules("set", "late", "wrong-stan")
    listed = json.loads(rules("list", "--json").output)
    assert [each["rule"]["name"] for each in listed] == [
        *("answered too late", "wrong STAN", "do not honour")
    ]
    assert rules("clear", "wrong STAN").output == "removed 1 rule\n"
    assert rules("clear").output == "removed 2 rules\n"
    assert rules("list").output == "no rules: the host does what it should\n"
    assert rules("acted").output == "no rule has acted yet\n"


def test_names_that_nothing_has_are_told_with_what_was_meant(rules):
    assert "did you mean 'late'?" in str(rules("set", "lat").exception)
    assert "no rule is called 'late' (known: none)" in str(rules("clear", "late").exception)


def test_without_books_there_is_nothing_to_set(rules, tmp_path):
    (tmp_path / "issuer.db").unlink()
    assert "has this issuer run?" in str(rules("list").exception)
