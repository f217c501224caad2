"""Quoting for the few statements the adapter writes itself; everything else is bound."""

from __future__ import annotations


def type_name(kind: object) -> str:
    """The engine's name of a type, with that of a bare null as people write it: it quotes it."""
    text = str(kind)
    return text.replace('"', "") if text.startswith('"NULL"') else text


def quoted(name: str) -> str:
    """A DuckDB identifier, whatever characters it holds."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A DuckDB string literal: for settings and ATTACH, which take no parameters."""
    return "'" + text.replace("'", "''") + "'"
