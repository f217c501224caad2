"""The stored graph: who says it (parts, units), and what it says (nodes, edges)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from lineage.nodes import Kind, Level, Ref, Relation


def _choices(words: type[Kind] | type[Level] | type[Relation]) -> list[tuple[str, str]]:
    return [(word.value, word.value.replace("_", " ").capitalize()) for word in words]


class Part(models.Model):
    """A source of lineage: the warehouse, a category of the registry, people's queries.

    `fingerprint` is the state of the source that the stored graph was read of; "" means none yet.
    """

    name = models.CharField(max_length=64, primary_key=True)
    fingerprint = models.CharField(max_length=128, default="", blank=True)
    refreshed_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True, help_text="Since when it cannot be refreshed.")
    error = models.TextField(default="", blank=True)

    def __str__(self) -> str:
        return self.name


class Unit(models.Model):
    """One definition: a view, a model, a saved query. Its edges come and go with it."""

    part = models.ForeignKey(Part, on_delete=models.CASCADE, related_name="units")
    name = models.TextField()
    digest = models.CharField(max_length=32, help_text="Of what it says; the same: left alone.")
    unresolved = models.JSONField(default=list, help_text="What could not be followed.")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["part", "name"], name="lineage_unit_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.part_id}: {self.name}"


class Node(models.Model):
    """A thing of the graph. `id` is made of its kind and parts; `owner` is a column's table, a
    member's model.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    kind = models.CharField(max_length=16, choices=_choices(Kind))
    parts = ArrayField(models.TextField())
    owner_id = models.UUIDField(null=True)
    type = models.CharField(max_length=32, default="", blank=True)
    label = models.TextField(default="", blank=True)
    details = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.ref.full_name

    @property
    def ref(self) -> Ref:
        return Ref(Kind(self.kind), tuple(self.parts))


class Edge(models.Model):
    """Data flows from `source` to `target`, because a unit says so."""

    unit = models.ForeignKey(Unit, on_delete=models.CASCADE, related_name="edges")
    source = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="+", db_index=False)
    target = models.ForeignKey(Node, on_delete=models.CASCADE, related_name="+", db_index=False)
    relation = models.CharField(max_length=16, choices=_choices(Relation))
    level = models.CharField(max_length=8, choices=_choices(Level))
    path = models.TextField(default="", blank=True, help_text="The field of a struct.")

    class Meta:
        indexes: ClassVar = [
            # One step down, one step up.
            models.Index(fields=["source", "level"], name="lineage_edge_down"),
            models.Index(fields=["target", "level"], name="lineage_edge_up"),
        ]

    def __str__(self) -> str:
        return f"{self.source_id} -> {self.target_id}"
