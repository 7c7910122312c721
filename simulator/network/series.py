"""GABs in series: any number of machines that are alike, in one entry of a network file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, model_validator

from simulator.gab.settings import GabSettings
from switch.settings.network import TerminalSettings


class GabSeries(GabSettings):
    """GABs from one number to another, such as GAB00001 to GAB08163."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")]
    to: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,8}$")]

    @model_validator(mode="after")
    def _series(self) -> GabSeries:
        self.ids()
        return self

    def ids(self) -> list[str]:
        """The terminals that this stands for."""
        return TerminalSettings(id=self.id, to=self.to, group="any").ids()

    def one(self) -> GabSettings:
        """What each of them is."""
        own = {name: getattr(self, name) for name in GabSettings.model_fields}
        return GabSettings.model_construct(_fields_set=set(own), **own)


def with_series(
    gabs: Mapping[str, GabSettings], series: tuple[GabSeries, ...]
) -> dict[str, GabSettings]:
    """Every GAB by its terminal: those that are named one by one win over those of a series."""
    found: dict[str, GabSettings] = {}
    for each in series:
        found.update(dict.fromkeys(each.ids(), each.one()))
    return {**found, **gabs}
