"""A key that takes the name of another, which is kept: one step in the module and in its file."""

import pytest
from twisted.internet.defer import execute

from switch.keys import (
    Algorithm,
    InvalidInputError,
    KeyFile,
    MasterKey,
    Purpose,
    SoftwareModule,
    UnknownKeyError,
    WrongUsageError,
)
from switch.runtime import Random, SeededEntropy


class Inline:
    def run(self, work):
        return execute(work)


def values(module, now, *names):
    return {name: now(module.describe_key(name)).check_value for name in names}


def test_the_successor_has_the_name_and_what_had_it_is_kept(module, now, trail):
    before = values(module, now, "pin", "pin.other")
    info = now(module.replace_key("pin", "pin.other", "pin.previous"))
    assert (info.name, info.check_value) == ("pin", before["pin.other"])
    assert values(module, now, "pin.previous") == {"pin.previous": before["pin"]}
    assert [(each.command, each.outcome) for each in trail] == [("replace-key", "done")]
    with pytest.raises(UnknownKeyError):
        now(module.describe_key("pin.other"))


def test_a_key_of_another_purpose_cannot_take_a_name(module, now):
    before = values(module, now, "pin", "mac")
    with pytest.raises(WrongUsageError, match="cannot take the place"):
        now(module.replace_key("pin", "mac", "pin.previous"))
    assert values(module, now, "pin", "mac") == before


def test_names_must_be_three_that_are_names_and_keys_must_be_there(module, now):
    with pytest.raises(InvalidInputError):
        now(module.replace_key("pin", "pin.other", "pin"))
    with pytest.raises(InvalidInputError):
        now(module.replace_key("pin", "pin.other", "a name"))
    with pytest.raises(UnknownKeyError):
        now(module.replace_key("pin", "nothing", "pin.previous"))


def test_the_file_says_the_same_after_a_restart(tmp_path, now):
    path, entropy = tmp_path / "keys.yaml", SeededEntropy(Random(2))
    master = MasterKey(bytes(range(32)))
    KeyFile(path).create(master)
    module = SoftwareModule.open(path, master, entropy, Inline())
    for name in ("zpk", "zpk.next"):
        now(module.generate_key(name, Purpose.PIN, Algorithm.TDES2))
    before = values(module, now, "zpk", "zpk.next")
    now(module.replace_key("zpk", "zpk.next", "zpk.previous"))
    again = SoftwareModule.open(path, master, entropy, Inline())
    names = [info.name for info in now(again.list_keys())]
    assert names == ["zpk", "zpk.previous"]
    assert values(again, now, *names) == {
        "zpk": before["zpk.next"],
        "zpk.previous": before["zpk"],
    }
