"""What a table is about, from measured figures: keys, times, numbers, flags, foreign keys.

The whole public face; the modules behind it are pure, but for `reading`, which asks the warehouse.
"""

from catalog.analysis.analysing import Analysis, analyse, analysis_of_names, concluded
from catalog.analysis.conclusions import Conclusions, KnownEntities, conclude
from catalog.analysis.foreign_keys import Judged, Other
from catalog.analysis.profile import Column, Table, TableName
from catalog.analysis.reading import Reader
from catalog.analysis.suggestions import LIKELY, Suggestion

__all__ = [
    "LIKELY",
    "Analysis",
    "Column",
    "Conclusions",
    "Judged",
    "KnownEntities",
    "Other",
    "Reader",
    "Suggestion",
    "Table",
    "TableName",
    "analyse",
    "analysis_of_names",
    "conclude",
    "concluded",
]
