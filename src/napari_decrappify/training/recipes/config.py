"""The base of every part of a recipe, and settings that are names in a registry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from ...lazy_registry import LazyRegistry


class Config(BaseModel):
    """Frozen, and no unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True)
class OneOf:
    """Mark of a setting that is a name in a registry: another one is refused, and a form offers those there are."""

    registry: LazyRegistry[Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the check."""
        return core_schema.no_info_after_validator_function(self.registry.check, handler(source))
