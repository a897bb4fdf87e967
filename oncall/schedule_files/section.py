"""What every mapping of the format is made of."""

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError


class Section(BaseModel):
    """A mapping of the format; a key that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _a_key_without_a_value_is_left_out(cls, value: object) -> object:
        """A list whose items are all commented out leaves such a key behind."""
        if not isinstance(value, dict):
            return value
        known = {field.alias or name for name, field in cls.model_fields.items()}
        return {key: inner for key, inner in value.items() if inner is not None or key not in known}


def wrong(key: str, message: str) -> PydanticCustomError:
    """Something that is wrong between several keys, to be shown at one of them."""
    return PydanticCustomError("between_keys", "{message}", {"key": key, "message": message})
