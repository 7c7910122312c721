"""Arabic for devices that cannot shape it: joined letters, in the order they are drawn.

A screen or a printer that knows Unicode does this itself and is given logical text.
"""

from __future__ import annotations

import arabic_reshaper  # type: ignore[import-untyped]
from bidi import get_display  # type: ignore[import-untyped]


def visual(line: str) -> str:
    """One line as a device draws it from left to right; text without Arabic stays as it is.

    >>> visual("Reste 20.00 DH")
    'Reste 20.00 DH'
    >>> [f"{ord(letter):04X}" for letter in visual("سلام")]
    ['FEE1', 'FEFC', 'FEB3']
    """
    return str(get_display(arabic_reshaper.reshape(line)))
