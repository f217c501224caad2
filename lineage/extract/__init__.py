"""Which columns a statement reads, and which of them each column of its answer is made of.

Pure: no Django, nothing executed. What cannot be known is said to be unresolved, never guessed.
"""

from lineage.extract.inventory import Inventory, TableName
from lineage.extract.resolving import Output, Source
from lineage.extract.statement import StatementLineage, extract

__all__ = ["Inventory", "Output", "Source", "StatementLineage", "TableName", "extract"]
