"""Every table, in one place for the migrations to compare with."""

from __future__ import annotations

from sqlalchemy import Index

import api.audit.models
import api.auth.models
import api.cameras.models
import api.events.models
import api.evidence.models
import api.hazards.models
import api.mutes.models
import api.notify.models
import api.patrols.models
import api.reports.models
import api.sealed.models
import api.site.models
import api.suggestions.models
import api.tickets.models
import api.town.models
import api.troubles.models
import api.whistles.models  # noqa: F401 (importing a module registers its tables)
from api.db.base import Base
from api.events.models import EventRow
from api.hazards.models import HazardRow, LookRow
from api.tickets.models import TicketRow

# The list of a grid, newest first, is read from this one's end.
Index("ix_ticket_grid_number", TicketRow.grid, TicketRow.number)
# What phones ask for are the few that are open.
Index("ix_ticket_grid_state", TicketRow.grid, TicketRow.state)
# A picture whose time has come is looked for in all that may show it, with the writer's lock held.
for _column in (HazardRow.evidence_id, EventRow.evidence_id, LookRow.evidence_id, TicketRow.closing_photo_id):
    Index(f"ix_{_column.class_.__tablename__}_{_column.key}", _column)
metadata = Base.metadata
