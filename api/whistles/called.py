"""What a department sees of the town's tickets: those that it was called to."""

from __future__ import annotations

from sqlalchemy import ColumnElement, exists, true
from sqlalchemy.orm import aliased

from api.kit.scope import Scope
from api.whistles.models import WhistleRow


def called_to(scope: Scope, ticket_number: ColumnElement[int]) -> ColumnElement[bool]:
    """A condition on a ticket beside that of its place. True for everybody but a department; one that has refused
    still sees what it refused."""
    if scope.department is None:
        return true()
    call = aliased(WhistleRow)  # of its own, also in a statement that is about whistles itself
    return exists().where(call.ticket_number == ticket_number, call.department == scope.department)
