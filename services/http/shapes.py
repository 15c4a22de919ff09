"""What request bodies are made of: strict models, and lists and maps in both published wrappings.

What lives here: the base models, `Listed` and `Mapped` (CV-1), and texts that a book can hold. What does not: the
models of a route, which stand beside it.
"""

from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler

T = TypeVar("T")


class Shape(BaseModel):
    """A request body or a part of one: types as written, unknown properties refused."""

    model_config = ConfigDict(strict=True, extra="forbid")


class LooseShape(BaseModel):
    """The same for routes of which the contract shows ignored properties (decisions, 20)."""

    model_config = ConfigDict(strict=True, extra="ignore")


class Said(BaseModel):
    """An answer, or a part of one."""

    model_config = ConfigDict(extra="allow")


@dataclass(frozen=True)
class _Unwrapped(BeforeValidator):
    """Takes what stands under the one key of a wrapping; the document says that both are taken."""

    keys: tuple[str, ...] = ()

    def __get_pydantic_json_schema__(self, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Bare, or under a key."""
        bare = handler(schema)
        return {"anyOf": [bare, *(_wrapped(key, bare) for key in self.keys)]}


def _wrapped(key: str, bare: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": {key: bare}, "required": [key], "additionalProperties": False}


def under(*keys: str, holds: type | tuple[type, ...]) -> _Unwrapped:
    """Takes a value bare or under one of `keys`, where that holds a list or a map as is asked."""

    def unwrap(value: Any) -> Any:
        if isinstance(value, dict) and len(value) == 1:
            ((key, held),) = value.items()
            if key in keys and isinstance(held, holds):
                return held
        return value

    return _Unwrapped(unwrap, keys=keys)


Listed = Annotated[list[T], under("values", holds=list)]
"""A list, written as `[...]` or as `{"values": [...]}`."""

Mapped = Annotated[dict[str, T], under("data", holds=dict)]
"""A map, written as `{...}` or as `{"data": {...}}`."""

MOST_INPUTS = 200
"""Inputs of one call of an action, at most."""

Record = dict[str, Any]
"""A record whose properties the service checks by itself, with an error for each row."""

Id = Annotated[str, Field(max_length=255)]
"""An id: opaque text; whether it exists is the service's to say."""


def _split(value: Any) -> Any:
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


Texts = Annotated[
    list[Id], BeforeValidator(_split, json_schema_input_type=list[Id] | str), under("values", holds=(list, str))
]
"""A list of ids or names, or these joined by commas."""


class Fault(Said):
    """One error: code, text and further facts (Insurance Error)."""

    code: str
    message: str
    additionalInfo: dict[str, Any] = {}  # noqa: N815 - published name


class Refusal(Said):
    """A request refused as a whole."""

    isSuccess: bool = False  # noqa: N815
    errors: list[Fault] = []


CONNECT_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": Refusal, "description": "The whole request is refused; nothing was written."},
    401: {"model": Refusal, "description": "No valid token (GB-SYS-003)."},
    403: {"model": Refusal, "description": "The caller may not do this (SF-0001-0011)."},
    503: {"model": Refusal, "description": "The book is kept by another run (GB-SYS-001); send the same again."},
}
"""Documented refusals of a Connect route."""
