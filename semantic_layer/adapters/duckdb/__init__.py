"""DuckDB as warehouse and as source of metadata."""

from semantic_layer.adapters.duckdb.metadata import DuckDBMetadata
from semantic_layer.adapters.duckdb.warehouse import DuckDBWarehouse

__all__ = ["DuckDBMetadata", "DuckDBWarehouse"]
