"""The format as a JSON Schema, for editors: names complete themselves, and a wrong key is underlined."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import WithDefaultSchema

from oncall.schedule_files.models import Document


class _NoDefaults(GenerateJsonSchema):
    """Defaults are Python's values, in a spelling that the format does not use."""

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def document_schema() -> dict[str, Any]:
    """The schema of the whole folder, its required keys among it."""
    return Document.model_json_schema(schema_generator=_NoDefaults)


def json_schema() -> dict[str, Any]:
    """The schema of one file of the folder. No top key is required in it: another file may hold that key."""
    schema = document_schema()
    schema.pop("required", None)
    for section in (schema, *schema["$defs"].values()):
        _may_be_left_empty(section)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "Schedules of the on-call hotline",
    }


def _may_be_left_empty(section: dict[str, Any]) -> None:
    """A key without a value counts as left out, so what is not required may be empty."""
    required = section.get("required", ())
    for key, value in section.get("properties", {}).items():
        options = value.get("anyOf", [value])
        if key not in required and {"type": "null"} not in options:
            section["properties"][key] = {"anyOf": [*options, {"type": "null"}]}
