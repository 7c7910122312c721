"""Source text to function, so that tracebacks and profilers can show what they name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Source:
    """A module of generated code: its text, which defines `function`, and what it refers to.

    `name` stands in tracebacks where others have a file name.
    """

    name: str
    text: str
    function: str
    constants: Mapping[str, object]

    def get_source(self, _module: str) -> str:
        """What the loader of a module answers; `linecache` asks when it prints a traceback."""
        return self.text

    def compile(self) -> Callable[..., Any]:
        """The function. The text is ours: numbers and tables of a dialect that was validated."""
        module: dict[str, Any] = {"__name__": self.name, "__loader__": self, **self.constants}
        exec(compile(self.text, self.name, "exec", dont_inherit=True), module)
        # Taken out, or function and module would keep each other alive until a collection.
        function: Callable[..., Any] = module.pop(self.function)
        return function
