"""Models for many tables, by workers: the database is the queue, as for queries."""

from catalog.jobs.services import (
    cancel_job,
    job_of,
    jobs_of,
    resume_generations,
    run_next,
    submit_generation,
    wake,
)

__all__ = [
    "cancel_job",
    "job_of",
    "jobs_of",
    "resume_generations",
    "run_next",
    "submit_generation",
    "wake",
]
