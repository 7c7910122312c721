"""Packaging: the two packages, and `config/` and `scenarios/` carried along as their data.

A checkout reads its own folders; a wheel finds the copies that `build_py` lays in
`switch/_shipped/config` and `simulator/_shipped/scenarios`.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
SHIPPED = (("config", "switch/_shipped/config"), ("scenarios", "simulator/_shipped/scenarios"))


class BuildWithShippedData(build_py):
    """Copy the data folders into the build, so that an installed command finds them."""

    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return
        for source, target in SHIPPED:
            folder = Path(self.build_lib) / target
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(HERE / source, folder)


setup(cmdclass={"build_py": BuildWithShippedData})
