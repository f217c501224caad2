"""The graph as text and pictures. Names are words in all of them, whatever they hold."""

from lineage.formats.dot import dot
from lineage.formats.layout import Layout, laid_out
from lineage.formats.mermaid import mermaid
from lineage.formats.svg import svg

__all__ = ["Layout", "dot", "laid_out", "mermaid", "svg"]
