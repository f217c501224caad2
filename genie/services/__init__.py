"""The public face of questions: what views, commands and pages call."""

from genie.services.answering import answer_question

__all__ = ["answer_question"]
