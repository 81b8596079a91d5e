"""The simulated open-data portal: datasets of the province's agencies, good and bad, day by day."""

from sandbox.portal.answers import Answer, answers, conforming
from sandbox.portal.history import Portal
from sandbox.portal.model import Dataset, Publisher, Resource, State, StoredFile

__all__ = [
    "Answer",
    "Dataset",
    "Portal",
    "Publisher",
    "Resource",
    "State",
    "StoredFile",
    "answers",
    "conforming",
]
