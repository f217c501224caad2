"""All that can be suggested to one caller."""

from __future__ import annotations

from dataclasses import dataclass

from catalog.completion.inventory import Inventory
from catalog.completion.registry import RegistryNames
from catalog.completion.vocabulary import Vocabulary


@dataclass(frozen=True)
class Knowledge:
    """What exists, what is modelled, and the dialect's words.

    `default_catalog` is the one that two-part names mean; None where every name needs its catalog.
    """

    inventory: Inventory
    registry: RegistryNames
    vocabulary: Vocabulary
    default_catalog: str | None = None
