"""Whatever comes in whatever order, money is neither made nor lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

AMOUNT_MINOR = 20_000

moves = st.lists(
    st.tuples(
        st.sampled_from(["0200", "0201", "0400", "0420", "0421"]),
        st.integers(1, 3),
        st.sampled_from([0, 0, 5_000, 20_000]),
    ),
    max_size=14,
)


@settings(deadline=None, max_examples=60)
@given(moves)
def test_each_transaction_stands_at_most_once_and_never_after_its_reversal(
    fresh_books, withdrawal, reversal_of, moves
):
    books = fresh_books()
    standing, reversed_ = {}, set()
    for mti, number, retained_minor in moves:
        request = withdrawal(f"{number:06}", AMOUNT_MINOR)
        if mti in ("0200", "0201"):
            code = books.code(withdrawal(f"{number:06}", AMOUNT_MINOR, t=mti))
            if number in reversed_:
                assert code == "12"
            elif number in standing:
                assert code == ("00" if mti == "0201" else "94")
            else:
                assert code == "00"
                standing[number] = AMOUNT_MINOR
            continue
        changes = {"de95": f"{retained_minor:012}" + "0" * 30} if retained_minor else {}
        assert books.code(reversal_of(request, mti, **changes)) == "00"
        if number in reversed_:
            continue
        if number in standing and retained_minor == AMOUNT_MINOR:
            continue
        reversed_.add(number)
        if number in standing:
            standing[number] = retained_minor
    assert books.balance_minor() == 500_000 - sum(standing.values())
    books.audit()
    books.engine.dispose()
