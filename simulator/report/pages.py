"""HTML pages from our templates: self-contained, escaped, with every card number masked."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from switch.settings import mask


def rendered(template: str, **values: Any) -> str:
    """A whole page, without a reference to anything outside of it."""
    environment = Environment(
        loader=PackageLoader("simulator.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template(template).render(version=version("guichet-switch"), **values)
    return mask(page)
