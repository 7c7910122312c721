"""Exploring a scenario: other faults and values for each seed, and the seed that breaks it."""
