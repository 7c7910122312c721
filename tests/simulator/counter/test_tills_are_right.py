"""Whatever happens at a counter, its cash is what stands in the books of the bank."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from simulator.counter.cash import total_minor
from simulator.testing import virtual_world
from switch.link import answer_to
from tests.simulator.conftest import Scene
from tests.simulator.counter.conftest import PHONE, RIB, TILL, VAULT, CounterScene

FRESH_MINOR = total_minor(TILL) + total_minor(VAULT)

SIGN = {"210000": 1, "900000": 1, "010000": -1, "910000": -1, "020000": -1, "220000": 1}
"""What an approved request does to the cash of the counter, by DE3."""


class Bank:
    """A switch and a core in one: it posts each request once, by its RRN, and takes back."""

    def __init__(self, at) -> None:
        self.at = at
        self.word = "00"
        self.posted = {}
        self.undone = set()
        at.host.script = self.handle

    def handle(self, message):
        rrn = message["37"]
        if message.mti[1] == "4":
            self.undone.add(rrn)
            return answer_to(message, "00") if self.word != "dumb" else None
        if self.word == "51" and rrn not in self.posted:
            return answer_to(message, "51")
        if rrn in self.undone:
            return answer_to(message, "12")
        self.posted[rrn] = SIGN[message["3"]] * int(message["4"])
        return None if self.word in ("lost", "dumb") else self.at.answer(message)

    @property
    def cash_minor(self) -> int:
        """What the counter must have, beside what it began with."""
        return sum(amount for rrn, amount in self.posted.items() if rrn not in self.undone)


amounts = st.integers(1, 40).map(lambda tens: tens * 1_000)
deeds = st.one_of(
    st.tuples(st.sampled_from(["cash_in", "cash_out", "send", "collect"]), amounts),
    st.tuples(st.just("cancel"), st.just(0)),
    st.tuples(st.just("close"), st.integers(-3, 3)),
    st.tuples(st.sampled_from(["to_till", "to_vault"]), st.integers(0, 3)),
    st.tuples(st.just("restart"), st.just(0)),
)
steps = st.lists(
    st.tuples(
        deeds,
        st.sampled_from(["00", "00", "51", "lost", "dumb"]),
        st.one_of(st.none(), st.integers(0, 24).map(lambda halves: halves * 0.0005)),
    ),
    max_size=8,
)


def begin(at, counter, deed, value):
    start = at.scene.begin
    if deed == "cash_in":
        return start(counter.cash_in, RIB, value)
    if deed == "cash_out":
        return start(counter.cash_out, RIB, value)
    if deed == "send":
        return start(counter.send_cash, PHONE, value)
    if deed == "collect":
        return start(counter.collect, PHONE, "87654321", value)
    if deed == "cancel":
        return start(counter.cancel)
    if deed == "close":
        pieces = dict(counter.till.pieces)
        pieces[100] = max(0, pieces.get(100, 0) + value)
        return start(counter.close_batch, pieces, "T09")
    return start(lambda: counter.move_cash({20_000: value}, to_till=deed == "to_till"))


def in_all_minor(counter) -> int:
    tills = counter.books.tills.values()
    assert all(till.book_minor == till.total_minor for till in tills)
    assert all(count >= 0 for till in tills for count in till.pieces.values())
    return total_minor(counter.books.vault) + sum(till.total_minor for till in tills)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps, st.integers(0, 2))
def test_the_cash_is_what_the_bank_says(tmp_path_factory, steps, repeats):
    with virtual_world(seed=5) as world:
        at = CounterScene(Scene(world, tmp_path_factory.mktemp("counter")))
        bank = Bank(at)
        counter = at.start(repeats=repeats)
        for (deed, value), word, cut_after_s in steps:
            if counter.books.till is None:
                at.do(counter.open_till, {20_000: 1})
            if deed == "restart":
                at.do(counter.stop)
                counter = at.start()
                continue
            bank.word = word
            under_way = begin(at, counter, deed, value)
            if cut_after_s is None:
                world.run_until(under_way, 600)
                bank.word = "00"
            else:
                world.advance(cut_after_s)
                at.scene.kill()
                bank.word = "00"
                counter = at.start()
            at.quiet()
            assert in_all_minor(counter) == FRESH_MINOR + bank.cash_minor
        at.do(counter.stop)
        rebuilt = at.start()
        assert in_all_minor(rebuilt) == FRESH_MINOR + bank.cash_minor
        at.do(rebuilt.stop)
