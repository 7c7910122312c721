"""Scenarios: their language, and what runs them against a whole network."""

from simulator.scenario.finding import find_scenarios
from simulator.scenario.loading import Scenario, load_scenario, load_scenarios
from simulator.scenario.results import ScenarioResult, Verdict
from simulator.scenario.runner import run_scenario
from simulator.scenario.scenario_file import ScenarioFile, scenario_schema

__all__ = [
    "Scenario",
    "ScenarioFile",
    "ScenarioResult",
    "Verdict",
    "find_scenarios",
    "load_scenario",
    "load_scenarios",
    "run_scenario",
    "scenario_schema",
]
