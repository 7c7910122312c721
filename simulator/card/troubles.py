"""What can be wrong with a chip."""

from __future__ import annotations

from typing import Literal

ChipTrouble = Literal["unreadable", "wrong_cryptogram", "old_counter", "refuses_in_the_end"]
"""unreadable: the terminal falls back to the stripe. wrong_cryptogram: made under another key.
old_counter: the counter of the transaction before, as a copied card has it. refuses_in_the_end:
the card declines what its issuer approved."""
