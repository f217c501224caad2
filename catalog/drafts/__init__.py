"""Models out of analysed tables: chosen, composed, proved on the registry and the warehouse."""

from catalog.drafts.choosing import Choice, choose
from catalog.drafts.composing import Draft, compose
from catalog.drafts.proving import Proof, prove

__all__ = ["Choice", "Draft", "Proof", "choose", "compose", "prove"]
