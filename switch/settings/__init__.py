"""YAML files to typed models, with errors that say where and what to write instead."""

from switch.settings.masking import luhn_digit, mask
from switch.settings.model import Located, Model, load, load_located, parse, parse_located
from switch.settings.pan import Pan
from switch.settings.places import config_folder, config_names, find_config
from switch.settings.problems import Problem, SettingsError, suggest
from switch.settings.readings import write_duration, write_money
from switch.settings.schema import json_schema
from switch.settings.seen import Misfit
from switch.settings.tree import Where
from switch.settings.types import (
    Digits,
    DurationS,
    Flag,
    MoneyMinor,
    Number,
    Text,
    Whole,
)

__all__ = [
    "Digits",
    "DurationS",
    "Flag",
    "Located",
    "Misfit",
    "Model",
    "MoneyMinor",
    "Number",
    "Pan",
    "Problem",
    "SettingsError",
    "Text",
    "Where",
    "Whole",
    "config_folder",
    "config_names",
    "find_config",
    "json_schema",
    "load",
    "load_located",
    "luhn_digit",
    "mask",
    "parse",
    "parse_located",
    "suggest",
    "write_duration",
    "write_money",
]
