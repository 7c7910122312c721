"""Where the data that travels with the product is found: dialects, networks, seed books."""

from __future__ import annotations

from pathlib import Path

from switch.settings.problems import Problem, SettingsError, suggest
from switch.settings.wording import listed

_PACKAGE = Path(__file__).resolve().parent.parent
SUFFIX = ".yaml"
EXAMPLES = "examples"
"""The folder of networks that show how a bank connects: they are named `examples/NAME`."""


def config_folder() -> Path:
    """The `config` folder: a checkout's own, or the copy that a wheel carries."""
    root = _PACKAGE.parent
    if (root / "config" / "dialects").is_dir() and (root / "setup.py").is_file():
        return root / "config"
    return _PACKAGE / "_shipped" / "config"


def config_names(kind: str, suffix: str = SUFFIX) -> list[str]:
    """The names of the shipped files of one kind, sorted; `""` is networks, examples last."""
    names = sorted(path.name.removesuffix(suffix) for path in _folder(kind).glob(f"*{suffix}"))
    if kind:
        return names
    return [*names, *(f"{EXAMPLES}/{name}" for name in config_names(EXAMPLES, suffix))]


def find_config(name_or_path: str, kind: str, suffix: str = SUFFIX) -> Path:
    """The file that a user means by a path, or by the bare name of a shipped one.

    `kind` is a folder of `config`, such as `dialects`, or `""` for networks. A file that exists
    wins over a name. Raises SettingsError with the known names and the nearest of them.
    """
    try:
        given = Path(name_or_path)
        if given.is_file():
            return given
        if name_or_path in config_names(kind, suffix):
            return _folder(kind) / f"{name_or_path}{suffix}"
        stem = name_or_path if kind else name_or_path.removeprefix(f"{EXAMPLES}/")
        bare = stem not in ("", ".", "..") and given.name == stem
    except (OSError, ValueError):
        bare = False  # a name that no file can have
    what = kind.removesuffix("s") or "network"
    if not bare or name_or_path.endswith(suffix):
        raise SettingsError([Problem(name_or_path or "''", 0, 0, "there is no such file")])
    names = config_names(kind, suffix)
    meant = suggest(name_or_path, names)
    tail = f" (known: {listed(names, 'and')})" if names else ""
    message = f"there is no {what} of this name{tail}"
    raise SettingsError([Problem(name_or_path, 0, 0, message, suggestion=meant)])


def _folder(kind: str) -> Path:
    return config_folder() / kind if kind else config_folder()
