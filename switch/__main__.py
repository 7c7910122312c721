"""`python -m switch`: the switch, without the simulator."""

from __future__ import annotations

from switch.cli.console import main_of
from switch.cli.switch import switch

if __name__ == "__main__":
    main_of(switch, "python -m switch")
