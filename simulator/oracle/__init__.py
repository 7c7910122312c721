"""The oracle: whether money was conserved, judged from independent books. It believes nobody."""

from simulator.oracle.books import Books, Row, read_books
from simulator.oracle.findings import Broken, LifeLine
from simulator.oracle.invariants import broken
from simulator.oracle.lives import with_life
from simulator.oracle.terminal_books import BookError

__all__ = ["BookError", "Books", "Broken", "LifeLine", "Row", "broken", "read_books", "with_life"]
