"""Packager files of jPOS read as dialects."""

from switch.wire.jpos.importing import Imported, import_packager
from switch.wire.jpos.xml import XmlError

__all__ = ["Imported", "XmlError", "import_packager"]
