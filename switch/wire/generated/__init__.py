"""Code generated from a dialect: what decodes and encodes the messages that are right."""

from switch.wire.generated.codec import FastCodec, fast_codec
from switch.wire.generated.source import Source

__all__ = ["FastCodec", "Source", "fast_codec"]
