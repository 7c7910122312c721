"""JSON Schema of settings, for editors: what a user may write, not what the models hold."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

DRAFT = "https://json-schema.org/draft/2020-12/schema"


class _EditorSchema(GenerateJsonSchema):
    """Without the titles that repeat the names of keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    def model_schema(self, schema: Any) -> JsonSchemaValue:
        described = super().model_schema(schema)
        described.pop("title", None)
        return described

    def default_schema(self, schema: Any) -> JsonSchemaValue:
        """The default as a user would write it: pydantic looks for a writer at the top only."""
        described = super().default_schema(schema)
        inner = schema["schema"]
        while "serialization" not in inner and "schema" in inner:
            inner = inner["schema"]
        writer = inner.get("serialization", {})
        if writer.get("type") == "function-plain" and schema.get("default") is not None:
            described["default"] = writer["function"](schema["default"])
        return described


def json_schema(model: type[BaseModel], *, title: str, schema_id: str) -> dict[str, Any]:
    """The schema of a file that `load(path, model)` reads, draft 2020-12.

    Scalars are described as YAML users write them: a port is an integer, money a number or a
    text with thousands separators, a duration a text such as `6s`.
    """
    generated = model.model_json_schema(mode="validation", schema_generator=_EditorSchema)
    return {"$schema": DRAFT, "$id": schema_id, "title": title, **generated}
