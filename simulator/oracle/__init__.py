"""The oracle: whether money was conserved, judged from independent books. It believes nobody."""

from simulator.oracle.books import Books, Row, read_books
from simulator.oracle.invariants import Broken, broken
from simulator.oracle.terminal_books import BookError

__all__ = ["BookError", "Books", "Broken", "Row", "broken", "read_books"]
