"""The JSON Schema that ships for editors."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from oncall.schedule_files import json_schema

ROOT = Path(__file__).parents[3]


def test_the_shipped_schema_is_the_one_that_the_models_say() -> None:
    shipped = files("oncall.schedule_files").joinpath("schedule.schema.json").read_text(encoding="utf-8")
    assert json.loads(shipped) == json_schema()


def test_every_key_of_the_format_is_in_its_reference_page() -> None:
    page = (ROOT / "docs/reference/schedule-format.md").read_text(encoding="utf-8")
    keys = _keys(json_schema())
    assert {"hotline", "acknowledge_timeout", "during", "respond_within"} <= keys
    assert {key for key in keys if f"`{key}`" not in page} == set()


def _keys(schema: Any) -> set[str]:
    if isinstance(schema, list):
        return set().union(*(_keys(item) for item in schema)) if schema else set()
    if not isinstance(schema, dict):
        return set()
    own = set(schema["properties"]) if isinstance(schema.get("properties"), dict) else set()
    return own.union(*(_keys(value) for value in schema.values()))
