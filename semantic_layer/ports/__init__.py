"""What the service asks of the outside world, in its own words: plain values in and out.

No Django, no driver. Adapters implement these Protocols; wiring.py picks them by settings. Arrow
record batches are the shared data format, typed here without importing pyarrow at run time.
"""

from semantic_layer.ports.apps import (
    Candidate,
    Dependent,
    DependentsSource,
    DraftVerdict,
    ExistingModel,
    MetricRows,
    MetricRunner,
    MetricSummary,
    ModelDrafts,
    PublishGate,
    SqlRows,
    SqlRunner,
    SuggestionSource,
    UsedNames,
)
from semantic_layer.ports.callers import (
    Actor,
    Credential,
    Identity,
    IdentityProvider,
    WorkspaceSignIn,
    WorkspaceTokens,
)
from semantic_layer.ports.language import Completion, Genie, GenieAnswer, LanguageModel
from semantic_layer.ports.lineage import LineageDirection, LineageEdge, LineageSource
from semantic_layer.ports.metadata import (
    CatalogInfo,
    ColumnInfo,
    DefinitionSource,
    MetadataSource,
    SchemaInfo,
    TableInfo,
    TableNamesSource,
    TableType,
)
from semantic_layer.ports.volumes import StoredFile, VolumeStore
from semantic_layer.ports.warehouse import (
    Limits,
    ResultColumn,
    RunHandle,
    RunState,
    RunStatus,
    StatementBinder,
    Warehouse,
)

__all__ = [
    "Actor",
    "Candidate",
    "CatalogInfo",
    "ColumnInfo",
    "Completion",
    "Credential",
    "DefinitionSource",
    "Dependent",
    "DependentsSource",
    "DraftVerdict",
    "ExistingModel",
    "Genie",
    "GenieAnswer",
    "Identity",
    "IdentityProvider",
    "LanguageModel",
    "Limits",
    "LineageDirection",
    "LineageEdge",
    "LineageSource",
    "MetadataSource",
    "MetricRows",
    "MetricRunner",
    "MetricSummary",
    "ModelDrafts",
    "PublishGate",
    "ResultColumn",
    "RunHandle",
    "RunState",
    "RunStatus",
    "SchemaInfo",
    "SqlRows",
    "SqlRunner",
    "StatementBinder",
    "StoredFile",
    "SuggestionSource",
    "TableInfo",
    "TableNamesSource",
    "TableType",
    "UsedNames",
    "VolumeStore",
    "Warehouse",
    "WorkspaceSignIn",
    "WorkspaceTokens",
]
