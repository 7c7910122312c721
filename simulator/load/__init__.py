"""Load: how many customers come when, what was measured, and whether it was good enough."""
