"""ModelDrafts: what the catalog asks the registry when it makes models out of tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from models_registry import services
from models_registry.definitions import canonical_yaml, definition_of
from models_registry.heads import MODEL, head_of, open_drafts
from models_registry.issues import invalid
from models_registry.models import Category
from models_registry.payloads import read_payload
from models_registry.plans import plan_of
from models_registry.visibility import visible_snapshot
from semantic_layer import wiring
from semantic_layer.compiler import Project
from semantic_layer.compiler.spec import EntityType, Relation
from semantic_layer.errors import InvalidModels
from semantic_layer.ports import Actor, DraftVerdict, ExistingModel

DRAFTS = Category.DEVELOPMENT.value
_NEAREST_LAST = (Category.PRODUCTION.value, Category.STAGING.value, DRAFTS)
_OWN = (EntityType.PRIMARY, EntityType.UNIQUE, EntityType.NATURAL)


class RegistryModelDrafts:
    """Drafts are written to development, by the same services as any other model."""

    def entities(self, actor: Actor) -> Mapping[tuple[str, str], str]:
        """See the port."""
        found: dict[tuple[str, str], str] = {}
        for table, project in _modelled(actor):
            for entity in project.models[0].entities:
                if entity.type in _OWN:
                    found[table, entity.expr or entity.name] = entity.name
        return found

    def modelled_tables(self, actor: Actor) -> frozenset[str]:
        """See the port."""
        return frozenset(table for table, _ in _modelled(actor))

    def taken_names(self, actor: Actor, model: str) -> frozenset[str]:
        """See the port."""
        found: set[str] = set()
        for project in _projects(DRAFTS, actor):
            written = project.models[0]
            if written.name != model:
                found.add(written.name)
                found |= {measure.name for measure in written.measures}
                found |= {metric.name for metric in project.metrics}
        return frozenset(found)

    def existing(self, actor: Actor, table: str, name: str | None) -> ExistingModel | None:
        """See the port."""
        default = _default_catalog(actor)
        for category in reversed(_NEAREST_LAST):
            for project in _projects(category, actor):
                written = project.models[0]
                is_asked = name in (None, written.name)
                if is_asked and full_name(written.relation, default) == table:
                    version = None
                    if category == DRAFTS:
                        head = head_of(visible_snapshot(DRAFTS, actor), (MODEL, written.name))
                        version = head.number if head is not None else None
                    return ExistingModel(written.name, category, definition_of(project), version)
        return None

    def check(self, actor: Actor, definition: Mapping[str, Any]) -> DraftVerdict:
        """See the port."""
        snapshot = visible_snapshot(DRAFTS, actor)
        try:
            sent = read_payload(definition)
            plan = plan_of(sent.project, sent.texts, snapshot)
        except InvalidModels as error:
            return DraftVerdict(error.issues, (), "", snapshot.graph)
        errors, yaml = plan.problems.errors, ""
        if plan.parts:
            yaml = canonical_yaml(plan.parts[0].project)
        return DraftVerdict(errors, plan.problems.warnings, yaml, plan.problems.graph)

    def save(self, actor: Actor, definition: Mapping[str, Any], *, version: int | None) -> int:
        """See the port."""
        verdict = self.check(actor, definition)
        if verdict.errors:
            raise invalid(verdict.errors)
        message = "Generated from the table."
        if version is None:
            written = services.create_model(
                actor=actor, category=DRAFTS, payload=definition, message=message
            )
        else:
            written = services.update_model(
                actor=actor,
                category=DRAFTS,
                name=str(definition["name"]),
                payload=definition,
                expected=frozenset({version}),
                message=message,
            )
        return written.version


def full_name(relation: Relation, default_catalog: str | None) -> str:
    """The relation with its catalog, where two parts mean the default one."""
    parts = relation.parts
    if len(parts) == 2 and default_catalog:
        parts = (default_catalog, *parts)
    return ".".join(parts)


def _modelled(actor: Actor) -> Iterator[tuple[str, Project]]:
    """Tables with the models that read them; development's come last."""
    default = _default_catalog(actor)
    for category in _NEAREST_LAST:
        for project in _projects(category, actor):
            yield full_name(project.models[0].relation, default), project


def _projects(category: str, actor: Actor) -> Iterator[Project]:
    """The models of a category as the actor may see them; of development the open drafts, too."""
    documents = {
        key: kept.project for key, kept in visible_snapshot(category, actor).documents.items()
    }
    if category == DRAFTS:
        documents |= open_drafts(DRAFTS)
    for (kind, _), project in sorted(documents.items()):
        if kind == MODEL and project.models:
            yield project


def _default_catalog(actor: Actor) -> str | None:
    return wiring.metadata_source(actor.credential).default_catalog
