"""Every test is watched: what it leaves behind fails it."""

pytest_plugins = ["simulator.testing.plugin"]
