"""SQL completion: pure, knows neither Django nor a warehouse.

`read_cursor` says what the place in the SQL asks for, `Inventory` holds what exists, `suggest`
brings the two together.
"""

from catalog.completion.cursor import Cursor, Expect, read_cursor
from catalog.completion.inventory import Inventory, InventoryBuilder
from catalog.completion.knowledge import Knowledge
from catalog.completion.registry import RegistryNames
from catalog.completion.suggest import suggest
from catalog.completion.suggestion import Kind, Suggestion
from catalog.completion.vocabulary import Vocabulary, vocabulary

__all__ = [
    "Cursor",
    "Expect",
    "Inventory",
    "InventoryBuilder",
    "Kind",
    "Knowledge",
    "RegistryNames",
    "Suggestion",
    "Vocabulary",
    "read_cursor",
    "suggest",
    "vocabulary",
]
