"""A language model may say a draft better: names, labels, descriptions, synonyms, more metrics.

What it says is a proposal like any person's: it can only touch the new parts of the draft, and only
in these ways; it has to validate, compile and answer like the draft it is made of. Else the draft
stands as it was.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.template.loader import get_template

from catalog.drafts.composing import Draft
from catalog.drafts.facts import facts_of
from catalog.drafts.proving import Prover
from catalog.drafts.renaming import Rename, renamed
from semantic_layer.errors import Unavailable
from semantic_layer.ports import LanguageModel

_MOST_REFUSALS = 3
"""How often the reason for a refusal goes back."""
_PROMPT = "catalog/improve_draft.txt"
_NAME = re.compile(r"(?!.*__)[a-z][a-z0-9_]{0,63}\Z")
_ODD = re.compile(r"https?:|www\.|[<>{}\x00-\x1f\x7f]|\]\(", re.IGNORECASE)
_MOST_WORDS = {"label": 80, "description": 500, "synonym": 60}
_MOST_SYNONYMS = 8
_MOST_METRICS = 5

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}


def _object(**properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


SCHEMA = _object(
    description=_TEXT,
    members={
        "type": "array",
        "items": _object(
            kind={"type": "string", "enum": ["dimension", "measure", "metric"]},
            name=_TEXT,
            new_name=_TEXT,
            label=_TEXT,
            description=_TEXT,
            synonyms=_TEXTS,
        ),
    },
    metrics={
        "type": "array",
        "items": _object(
            name=_TEXT,
            label=_TEXT,
            description=_TEXT,
            type={"type": "string", "enum": ["ratio", "derived"]},
            numerator=_TEXT,
            denominator=_TEXT,
            expr=_TEXT,
            inputs=_TEXTS,
        ),
    },
)
_KINDS = {"dimension": "dimensions", "measure": "measures", "metric": "metrics"}


@dataclass(frozen=True)
class Improvement:
    """The draft as it is to be handed out, whether the model's words are in it, and notes."""

    draft: Draft
    is_improved: bool
    notes: tuple[str, ...] = ()


class _Refused(Exception):
    """The proposal is not taken, and why."""


def improve(
    model: LanguageModel,
    draft: Draft,
    material: Mapping[str, Any],
    prover: Prover,
    *,
    timeout_s: float,
    may_describe: bool = True,
) -> Improvement:
    """Ask the model, at most once and three times more with the reason for the refusal.

    Raises nothing that the model is to blame for. `timeout_s` bounds each of the first three
    answers; together they take no longer than that. `may_describe`: the model's description
    is not a person's own.
    """
    instructions = get_template(_PROMPT).render()
    deadline = time.monotonic() + 3 * timeout_s
    problem: str | None = None
    for _ in range(1 + _MOST_REFUSALS):
        left = min(timeout_s, deadline - time.monotonic())
        if left <= 0:
            return Improvement(draft, False, (f"{model.name} took too long.",))
        told = json.dumps(
            {**material, "draft": facts_of(draft), "problem": problem}, ensure_ascii=False
        )
        try:
            answer = model.complete(instructions, told, schema=SCHEMA, timeout_s=left)
        except Unavailable as error:
            return Improvement(draft, False, (f"Without {model.name}: {error.message}",))
        try:
            changed = _applied(draft, answer.value, may_describe=may_describe)
            return Improvement(_proved(changed, prover), True)
        except _Refused as refusal:
            problem = str(refusal)
    return Improvement(draft, False, (f"What {model.name} proposed was refused: {problem}",))


def _proved(draft: Draft, prover: Prover) -> Draft:
    problems = prover.problems(draft)
    if problems:
        raise _Refused(" ".join(problems)[:1000])
    return draft


def _applied(draft: Draft, proposal: Mapping[str, Any], *, may_describe: bool) -> Draft:
    renames: list[Rename] = []
    said: dict[tuple[str, str], dict[str, Any]] = {}
    for member in proposal["members"]:
        kind, name = _KINDS[member["kind"]], member["name"]
        if name not in draft.added[kind]:
            raise _Refused(f"There is no new {member['kind']} '{name}' in the draft.")
        new_name = member["new_name"].strip() or name
        if not _NAME.match(new_name):
            raise _Refused(f"'{new_name[:80]}' is not a name: lower case, digits, underscores.")
        renames.append(Rename(kind, name, new_name))
        said[kind, new_name] = _words(member)
    changed = renamed(draft, renames)
    members = {
        kind: [
            _with_words(member, said.get((kind, member["name"])))
            for member in changed.definition[kind]
        ]
        for kind in _KINDS.values()
    }
    definition = {**changed.definition, **members}
    if may_describe and draft.extends is None and proposal["description"].strip():
        definition["description"] = _line(proposal["description"], "description")
    return _with_metrics(
        Draft(definition, changed.added, changed.keys, changed.extends), proposal["metrics"]
    )


def _words(member: Mapping[str, Any]) -> dict[str, Any]:
    synonyms = [_line(word, "synonym") for word in member["synonyms"][:_MOST_SYNONYMS]]
    return {
        "label": _line(member["label"], "label"),
        "description": _line(member["description"], "description"),
        "synonyms": [word for word in dict.fromkeys(synonyms) if word],
    }


def _with_words(member: Mapping[str, Any], words: Mapping[str, Any] | None) -> dict[str, Any]:
    if words is None:
        return dict(member)
    changed = {**member}
    for key in ("label", "description"):
        if words[key]:
            changed[key] = words[key]
    if words["synonyms"]:
        changed["meta"] = {**member.get("meta", {}), "synonyms": words["synonyms"]}
    return changed


def _line(text: str, kind: str) -> str:
    """One line of plain words. Raises _Refused for links, markup and length."""
    line = " ".join(text.split())
    if _ODD.search(line):
        raise _Refused(f"A {kind} holds a link or markup: write plain words.")
    if len(line) > _MOST_WORDS[kind]:
        raise _Refused(f"A {kind} is longer than {_MOST_WORDS[kind]} characters.")
    return line


def _with_metrics(draft: Draft, proposed: Sequence[Mapping[str, Any]]) -> Draft:
    metrics = list(draft.definition["metrics"])
    names = {metric["name"] for metric in metrics}
    added = list(draft.added["metrics"])
    for idea in proposed[:_MOST_METRICS]:
        metric = _metric(idea, names)
        metrics.append(metric)
        names.add(metric["name"])
        added.append(metric["name"])
    return Draft(
        {**draft.definition, "metrics": metrics},
        {**draft.added, "metrics": tuple(added)},
        draft.keys,
        draft.extends,
    )


def _metric(idea: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    name = idea["name"].strip()
    if not _NAME.match(name) or name in names:
        raise _Refused(f"'{name[:80]}' is no free name for a metric.")
    if idea["type"] == "ratio":
        inputs = [idea["numerator"], idea["denominator"]]
        params: dict[str, Any] = {"numerator": inputs[0], "denominator": inputs[1]}
    else:
        inputs = list(idea["inputs"])
        params = {"expr": idea["expr"], "metrics": inputs}
    unknown = [one for one in inputs if one not in names]
    if unknown or not inputs:
        raise _Refused(f"The metric '{name}' uses '{(unknown or ['nothing'])[0][:80]}', no metric.")
    return {
        "name": name,
        "type": idea["type"],
        "label": _line(idea["label"], "label"),
        "description": _line(idea["description"], "description"),
        "type_params": params,
    }
