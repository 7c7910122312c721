"""The journal on a real database: each change once, from the state it belongs to."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import inspect, text
from twisted.internet.defer import Deferred

from switch.engine.duplicates import keyed
from switch.engine.entries import Received
from switch.engine.owing import Owed
from switch.engine.request import RefusalError, Request, Reversal, read_request
from switch.engine.states import UNDER_WAY, Input, State
from switch.settings.links import DUPLICATES
from switch.settings.network import GroupSettings
from switch.store import SqliteDatabase

LAB = GroupSettings(lenient=True, cash_bills=True)
REFERENCE = "504001/LAB00001/000001/1124103601"


def now(coming: Deferred[Any]) -> Any:
    """What a Deferred of the synchronous executor has already fired with."""
    seen: list[Any] = []
    coming.addBoth(seen.append)
    if hasattr(seen[0], "raiseException"):
        seen[0].raiseException()
    return seen[0]


def request(bench: Any, *arguments: Any, **elements: Any) -> Request:
    message = bench.message(*arguments, **elements)
    read = read_request(message, LAB, institution="504001", currency="504")
    return keyed(read, DUPLICATES, bench.wall_clock.now())


STATES = (
    *(State.RECEIVED, State.FORWARDED, State.AUTHORISED, State.APPROVED, State.DECLINED),
    State.IN_DOUBT,
    *(State.REVERSING, State.REVERSED, State.PARTLY_REVERSED, State.EXCEPTION),
)
"""Those of a request."""


def receive(
    bench: Any,
    *arguments: Any,
    refused: str = "",
    key: str = "",
    leaving: bool = True,
    **elements: Any,
) -> Received:
    coming = bench.journal.receive(
        request(bench, *arguments, **elements),
        key or f"key {len(bench.rows('transactions'))}",
        route="theirs",
        destination="issuer",
        refused=refused,
        leaving=leaving,
    )
    received: Received = now(coming)
    return received


def reverse(bench: Any, retained_minor: int = 0, reference: str = REFERENCE) -> Received | None:
    reversal = Reversal(reference, retained_minor, "000001", "17")
    received: Received | None = now(bench.journal.reverse(reversal))
    return received


def close(bench: Any, happened: Input, code: str, **elements: str) -> State:
    state: State = now(bench.journal.close(1, happened, {"39": code, **elements}, "because"))
    return state


def next_owed(bench: Any) -> Owed | None:
    owed: Owed | None = now(bench.journal.next_owed("issuer"))
    return owed


def in_state(bench: Any, state: State) -> None:
    """Bring transaction 1 into a state, by the ways that there are."""
    receive(
        bench, refused="57" if state is State.DECLINED else "", leaving=state is not State.RECEIVED
    )
    if state is State.IN_DOUBT:
        close(bench, Input.NO_ANSWER, "91")
    elif state is State.AUTHORISED:
        now(bench.journal.authorise(1))
    elif state not in (State.RECEIVED, State.FORWARDED, State.DECLINED):
        close(bench, Input.ANSWERED_APPROVED, "00")
    if state not in (*UNDER_WAY, State.DECLINED, State.IN_DOUBT, State.APPROVED):
        reverse(bench, 15000 if state is State.PARTLY_REVERSED else 0)
    if state in (State.REVERSED, State.PARTLY_REVERSED):
        now(bench.journal.acknowledge(next_owed(bench), "00"))
    elif state is State.EXCEPTION:
        now(bench.journal.put_aside(next_owed(bench), "answered with 30"))
    assert bench.only()["state"] == state.value


def test_a_new_request_is_entered_with_what_its_reversal_will_copy(bench: Any) -> None:
    received = receive(bench, de14="2912", de35="9504020000000018=29121010000", de52="0" * 16)
    assert (received.new, received.state, received.transaction_id) == (True, State.FORWARDED, 1)
    row = bench.only()
    assert (row["card"], row["amount_minor"]) == ("950402******0018", 20000)
    assert (row["route"], row["destination"]) == ("theirs", "issuer")
    assert bench.kept() == [bench.message()]


def test_an_enquiry_keeps_nothing_of_its_request(bench: Any) -> None:
    receive(bench, "0100", "310000")
    assert bench.rows("pending") == []


def test_a_refused_request_is_entered_as_declined_and_keeps_nothing(bench: Any) -> None:
    received = receive(bench, refused="57")
    assert (received.state, received.response_code) == (State.DECLINED, "57")
    assert bench.only()["answer"] == '{"39": "57"}'
    assert bench.rows("pending") == []


def test_the_same_key_finds_the_first_entry_and_its_answer(bench: Any) -> None:
    first = receive(bench)
    close(bench, Input.ANSWERED_APPROVED, "00", **{"38": "A12345"})
    again = receive(bench, "0201", de7="1124103605")
    assert (again.new, again.transaction_id) == (False, first.transaction_id)
    assert again.answer == {"39": "00", "38": "A12345"}
    assert again.operation_key == first.operation_key


@pytest.mark.parametrize(
    "elements",
    [
        {"de11": "000002"},
        {"de12": "113602"},
        {"de13": "1125"},
        {"de41": "LAB00002"},
        {"de4": "000000020001"},
        {"de32": "504009"},
        {"processing": "210000"},
    ],
)
def test_a_difference_in_the_key_is_another_transaction(
    bench: Any, elements: dict[str, str]
) -> None:
    receive(bench)
    assert receive(bench, **elements).new


def test_a_reversal_that_overtook_its_original_has_it_declined(bench: Any) -> None:
    assert reverse(bench) is None
    received = receive(bench)
    assert (received.state, received.response_code) == (State.DECLINED, "12")
    assert bench.only()["reason"] == "its reversal came first"
    assert bench.owed == 0


def test_a_reversal_that_overtook_a_repeat_reverses_what_it_repeats(bench: Any) -> None:
    receive(bench)
    close(bench, Input.ANSWERED_APPROVED, "00")
    assert reverse(bench, reference="504001/LAB00001/000001/1124103605") is None
    again = receive(bench, "0201", de7="1124103605")
    assert (again.new, again.state) == (False, State.REVERSING)
    assert bench.owed == 1


@pytest.mark.parametrize(
    ("happened", "code", "state", "owed", "pending"),
    [
        (Input.ANSWERED_APPROVED, "00", State.APPROVED, 0, 1),
        (Input.ANSWERED_DECLINED, "51", State.DECLINED, 0, 0),
        (Input.NOT_SENT, "91", State.DECLINED, 0, 0),
        (Input.NO_ANSWER, "91", State.IN_DOUBT, 1, 1),
    ],
)
def test_what_came_of_it_is_entered(
    bench: Any, happened: Input, code: str, state: State, owed: int, pending: int
) -> None:
    receive(bench)
    assert close(bench, happened, code) is state
    row = bench.only()
    assert (row["state"], row["response_code"]) == (state.value, code)
    assert (bench.owed, len(bench.rows("pending"))) == (owed, pending)


@pytest.mark.parametrize("state", [s for s in STATES if s not in UNDER_WAY])
def test_what_comes_after_the_end_is_not_entered(bench: Any, state: State) -> None:
    in_state(bench, state)
    before = bench.only()
    assert close(bench, Input.ANSWERED_APPROVED, "00") is state
    assert bench.only() == before


@pytest.mark.parametrize(
    ("state", "after", "new", "owed"),
    [
        (State.RECEIVED, State.DECLINED, True, 0),
        (State.FORWARDED, State.REVERSING, True, 1),
        (State.AUTHORISED, State.REVERSING, True, 1),
        (State.IN_DOUBT, State.IN_DOUBT, False, 1),
        (State.APPROVED, State.REVERSING, True, 1),
        (State.DECLINED, State.DECLINED, False, 0),
        (State.REVERSING, State.REVERSING, False, 1),
        (State.REVERSED, State.REVERSED, False, 0),
        (State.PARTLY_REVERSED, State.PARTLY_REVERSED, False, 0),
        (State.EXCEPTION, State.EXCEPTION, False, 1),
    ],
)
def test_a_reversal_in_each_state(
    bench: Any, state: State, after: State, new: bool, owed: int
) -> None:
    in_state(bench, state)
    received = reverse(bench)
    assert received is not None
    assert (received.state, received.new) == (after, new)
    assert (bench.only()["state"], bench.owed) == (after.value, owed)


@pytest.mark.parametrize("state", STATES)
def test_what_is_not_given_is_taken_back_if_it_may_stand(bench: Any, state: State) -> None:
    in_state(bench, state)
    owed = bench.owed
    after = now(bench.journal.take_back(1, "not given")).state
    if state in (State.FORWARDED, State.AUTHORISED, State.APPROVED):
        assert (after, bench.owed) == (State.REVERSING, 1)
    else:
        left = State.DECLINED if state is State.RECEIVED else state
        assert (after, bench.owed) == (left, owed)


def test_what_had_not_left_leaves_once(bench: Any) -> None:
    in_state(bench, State.RECEIVED)
    assert now(bench.journal.forward(1)) is State.FORWARDED
    assert bench.only()["state"] == "forwarded"


def test_what_was_reversed_before_it_left_does_not_leave(bench: Any) -> None:
    in_state(bench, State.RECEIVED)
    reverse(bench)
    assert now(bench.journal.forward(1)) is State.DECLINED
    assert (bench.owed, bench.rows("pending")) == (0, [])


def test_a_partial_reversal_owes_what_was_not_dispensed(bench: Any) -> None:
    in_state(bench, State.APPROVED)
    reverse(bench, retained_minor=15000)
    owed = next_owed(bench)
    assert owed is not None
    assert (owed.retained_minor, owed.reason) == (15000, "17")


def test_a_reversal_that_retains_more_than_was_moved_is_refused(bench: Any) -> None:
    in_state(bench, State.APPROVED)
    with pytest.raises(RefusalError, match="DE95 retains 20001 of 20000"):
        reverse(bench, 20001)
    assert (bench.only()["state"], bench.owed) == ("approved", 0)


def test_a_reversal_that_retains_all_reverses_nothing(bench: Any) -> None:
    in_state(bench, State.APPROVED)
    received = reverse(bench, 20000)
    assert received is not None
    assert (received.new, received.state, bench.owed) == (False, State.APPROVED, 0)


def test_a_reversal_of_an_enquiry_moves_nothing(bench: Any) -> None:
    receive(bench, "0100", "310000")
    close(bench, Input.ANSWERED_APPROVED, "00")
    received = reverse(bench)
    assert received is not None
    assert (received.new, received.state, bench.owed) == (False, State.APPROVED, 0)


def test_a_reversal_may_name_the_repeat(bench: Any) -> None:
    in_state(bench, State.APPROVED)
    receive(bench, "0201", de7="1124103605")
    received = reverse(bench, reference="504001/LAB00001/000001/1124103605")
    assert received is not None
    assert received.state is State.REVERSING


def test_what_may_have_left_at_a_crash_is_reversed_and_the_rest_declined(bench: Any) -> None:
    receive(bench)
    receive(bench, "0100", "310000", de11="000002")
    receive(bench, de11="000003", refused="92")
    receive(bench, de11="000004", leaving=False)
    bench.store.close()
    bench.in_bulk = False
    bench.open()
    assert now(bench.journal.recover()) == 3
    assert [(row["state"], row["response_code"]) for row in bench.rows("transactions")] == [
        ("in_doubt", "91"),
        ("declined", "91"),
        ("declined", "92"),
        ("declined", "91"),
    ]
    assert bench.owed == 1
    assert now(bench.journal.recover()) == 0


def test_what_is_owed_comes_first_in_first_out_per_destination(bench: Any) -> None:
    for number in (1, 2, 3):
        receive(bench, de11=f"{number:06}")
        now(bench.journal.close(number, Input.NO_ANSWER, {"39": "91"}, "silent"))
    assert now(bench.journal.count_owed()) == {("issuer", "queued"): 3}
    assert now(bench.journal.next_owed("core")) is None
    taken = []
    while (owed := next_owed(bench)) is not None:
        taken.append((owed.transaction_id, owed.request.text(11), owed.attempts))
        now(bench.journal.acknowledge(owed, "00"))
    assert taken == [(1, "000001", 1), (2, "000002", 1), (3, "000003", 1)]


def test_each_time_it_is_given_out_counts_as_an_attempt(bench: Any) -> None:
    in_state(bench, State.REVERSING)
    attempts = []
    for _ in range(3):
        owed = next_owed(bench)
        assert owed is not None
        attempts.append(owed.attempts)
    assert attempts == [1, 2, 3]


def test_an_acknowledgement_ends_it_and_forgets_the_card(bench: Any) -> None:
    in_state(bench, State.REVERSING)
    now(bench.journal.acknowledge(next_owed(bench), "25"))
    assert bench.only()["state"] == "reversed"
    assert bench.only()["reason"] == "reversal acknowledged with 25"
    assert (bench.owed, bench.rows("pending")) == (0, [])


def test_what_is_put_aside_lets_others_pass_and_keeps_its_card(bench: Any) -> None:
    in_state(bench, State.EXCEPTION)
    receive(bench, de11="000002")
    now(bench.journal.close(2, Input.NO_ANSWER, {"39": "91"}, "silent"))
    owed = next_owed(bench)
    assert owed is not None
    assert owed.transaction_id == 2
    assert [(row["status"], row["note"]) for row in bench.rows("owed")] == [
        ("aside", "answered with 30"),
        ("queued", ""),
    ]
    assert len(bench.rows("pending")) == 2


def test_a_reversal_repeats_the_approval_of_its_original(bench: Any) -> None:
    receive(bench)
    close(bench, Input.ANSWERED_APPROVED, "00", **{"15": "1125", "38": "A12345", "54": "0"})
    reverse(bench)
    owed = next_owed(bench)
    assert owed is not None
    assert owed.request == {**bench.message(), "15": "1125", "38": "A12345"}


def test_a_reversal_after_the_card_number_was_purged_names_the_rest(bench: Any) -> None:
    in_state(bench, State.REVERSING)
    with bench.engine().begin() as connection:
        connection.exec_driver_sql("DELETE FROM pending")
    owed = next_owed(bench)
    assert owed is not None
    for_ever = {"t", "3", "4", "7", "11", "12", "13", "32", "37", "41", "49"}
    kept = {k: v for k, v in bench.message().items() if k in for_ever}
    assert owed.request == {**kept, "15": "1124"}


def test_an_acknowledgement_of_what_a_person_dropped_changes_nothing(bench: Any) -> None:
    in_state(bench, State.REVERSING)
    owed = next_owed(bench)
    with bench.engine().begin() as connection:
        connection.exec_driver_sql("DELETE FROM owed")
    now(bench.journal.acknowledge(owed, "00"))
    now(bench.journal.put_aside(owed, "refused"))
    assert bench.only()["state"] == "reversing"


def test_the_oldest_early_reversals_make_room(bench: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("switch.engine.entries.EARLY_REVERSALS_MAX", 3)
    for number in range(5):
        bench.clock.advance(1)
        reverse(bench, reference=f"504001/LAB00001/{number:06}/1124103601")
    assert [row["reference"][16:22] for row in bench.rows("early_reversals")] == [
        "000002",
        "000003",
        "000004",
    ]


SECRETS = {
    "de14": "2912",
    "de35": "9504020000000018=29121010000087000000",
    "de45": "B9504020000000018^NOBODY/A^2912101",
    "de48": {"01": "1001", "08": "code=7391"},
    "de52": "A1B2C3D4E5F60718",
    "de53": "9900990099009900",
    "de55": "9F2608AABBCCDDEEFF0011",
    "de62": "a text of the terminal's own",
}
NEVER = (
    *(b"2912101", b"NOBODY", b"7391", b"A1B2C3D4E5F60718", b"9900990099"),
    *(b"AABBCCDD", b"text of the terminal"),
)


def every_byte(bench: Any) -> bytes:
    """Of SQLite's files; of a server every value of every row, since its files are its own."""
    if not isinstance(bench.database, SqliteDatabase):
        with bench.engine().begin() as connection:
            tables = inspect(connection).get_table_names()
            rows = [
                row
                for name in tables
                for row in connection.execute(text(f'SELECT * FROM "{name}"'))
            ]
        values = [value for row in rows for value in row]
        return b"|".join(v if isinstance(v, bytes) else str(v).encode() for v in values)
    folder: Path = bench.database.path.parent
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file())


def test_no_secret_is_in_any_byte_of_the_files_even_while_under_way(bench: Any) -> None:
    receive(bench, **SECRETS)
    found = every_byte(bench)
    assert [secret for secret in NEVER if secret in found] == []


def test_the_card_number_is_in_no_byte_of_the_files_while_a_reversal_may_need_it(
    bench: Any,
) -> None:
    receive(bench, **SECRETS)
    close(bench, Input.ANSWERED_APPROVED, "00")
    assert b"9504020000000018" not in every_byte(bench)
    assert [kept["2"] for kept in bench.kept()] == ["9504020000000018"]


def test_a_card_is_found_by_the_keyed_hash_of_its_number(bench: Any) -> None:
    receive(bench)
    receive(bench, de11="000002")
    receive(bench, de11="000003", de2="9504010000000019")
    keys = [row["card_key"] for row in bench.rows("transactions")]
    assert keys[0] == keys[1] == bench.vault.fingerprint("9504020000000018")
    assert keys[2] == bench.vault.fingerprint("9504010000000019") != keys[0]


def test_what_an_older_program_kept_in_clear_is_sealed_at_the_start(bench: Any) -> None:
    receive(bench)
    with bench.engine().begin() as connection:
        kept = json.dumps(bench.kept()[0])
        connection.execute(text("UPDATE pending SET request=:kept"), {"kept": kept})
    now(bench.journal.recover())
    assert [kept["2"] for kept in bench.kept()] == ["9504020000000018"]
    owed = next_owed(bench)
    assert owed is not None
    assert owed.request["2"] == "9504020000000018"
    bench.store.close()
    assert b"9504020000000018" not in every_byte(bench)


def test_a_row_moved_to_another_transaction_does_not_open(bench: Any) -> None:
    receive(bench)
    receive(bench, de11="000002", de2="9504020000000026")
    with bench.engine().begin() as connection:
        connection.execute(
            text(
                "UPDATE pending SET request=(SELECT request FROM pending WHERE transaction_id=2)"
                " WHERE transaction_id=1"
            )
        )
    reverse(bench)
    owed = next_owed(bench)
    assert owed is not None
    assert "2" not in owed.request


def test_a_card_number_that_was_purged_is_in_no_byte_of_the_closed_files(bench: Any) -> None:
    for number in range(1, 100):
        receive(bench, de11=f"{number:06}")
        if number % 3 == 0:
            now(bench.journal.close(number, Input.NO_ANSWER, {"39": "91"}, "silent"))
        elif number % 3 == 1:
            now(bench.journal.close(number, Input.ANSWERED_DECLINED, {"39": "51"}, ""))
    for number in range(2, 100, 3):
        reverse(bench, reference=f"504001/LAB00001/{number:06}/1124103601")
    while (owed := next_owed(bench)) is not None:
        now(bench.journal.acknowledge(owed, "00"))
    assert bench.rows("pending") == []
    bench.store.close()
    assert b"9504020000000018" not in every_byte(bench)


def test_after_an_outage_what_nobody_has_under_way_is_reversed(bench: Any) -> None:
    for number in (1, 2, 3):
        receive(bench, de11=f"{number:06}")
        bench.clock.advance(1)
    before = bench.wall_clock.now() - timedelta(seconds=1)
    assert now(bench.journal.abandon([1], before - timedelta(microseconds=1))) == 1
    states = [row["state"] for row in bench.rows("transactions")]
    assert states == ["forwarded", "in_doubt", "forwarded"]
    assert [row["transaction_id"] for row in bench.rows("owed")] == [2]


def test_a_request_that_was_entered_although_its_commit_was_lost_is_our_own(bench: Any) -> None:
    first = receive(bench, key="a" * 32)
    again = receive(bench, key="a" * 32)
    assert (again.new, again.transaction_id) == (True, first.transaction_id)
    assert receive(bench, key="b" * 32).new is False


def test_a_proof_leaves_nothing(bench: Any) -> None:
    now(bench.journal.prove())
    assert bench.rows("early_reversals") == []
