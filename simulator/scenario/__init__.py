"""Scenarios: their language, and what runs them against a whole network."""
