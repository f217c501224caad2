"""How the DuckDB engine is set up: plain values, checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from semantic_layer.adapters.duckdb_surface import HIDDEN_CATALOGS
from semantic_layer.errors import InvalidInput, did_you_mean


@dataclass(frozen=True)
class DuckDBOptions:
    """Files by catalog name, and the bounds everything runs in.

    `default_catalog` is what two-part names mean; None: the first of `catalogs`. `max_waiting`
    statements may queue behind `max_concurrency` running ones. A result past `spool_memory_bytes`
    goes to an unlinked file in `temp_dir`, one past `max_result_bytes` fails.
    """

    catalogs: Mapping[str, Path] = field(default_factory=dict)
    default_catalog: str | None = None
    memory_limit: str = "2GB"
    threads: int = 2
    temp_dir: Path = Path("var/tmp/duckdb")
    max_temp_size: str = "10GB"
    max_concurrency: int = 8
    max_waiting: int = 100
    spool_memory_bytes: int = 8 * 1024 * 1024
    max_result_bytes: int = 4 * 1024 * 1024 * 1024

    def __post_init__(self) -> None:
        for name in self.catalogs:
            if not name or name.casefold() in HIDDEN_CATALOGS:
                raise InvalidInput(
                    f"A catalog cannot be named {name!r}: choose another name for the file.",
                    code="RESERVED_NAME",
                )
        if self.default_catalog is not None and self.default_catalog not in self.catalogs:
            raise InvalidInput(
                f"The default catalog {self.default_catalog!r} is not among the attached ones: "
                f"{', '.join(sorted(self.catalogs)) or 'none is attached'}.",
                suggestions=did_you_mean(self.default_catalog, self.catalogs) or None,
            )

    @property
    def working_catalog(self) -> str | None:
        """The catalog of names without one; None when nothing is attached."""
        return self.default_catalog or next(iter(self.catalogs), None)
