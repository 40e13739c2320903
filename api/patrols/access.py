"""Who may do what with patrols, and what their routes share."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query

from api.auth.principal import may
from api.auth.roles import Role
from api.auth.service import Principal
from api.house import House, house_of

READERS = (Role.ADMINISTRATOR, Role.COMMAND_CENTRE, Role.DRONE_OPERATOR, Role.OFFICER, Role.AUDITOR)
PLANNERS = (Role.ADMINISTRATOR, Role.COMMAND_CENTRE, Role.DRONE_OPERATOR)
HouseIn = Annotated[House, Depends(house_of)]
Reader = Annotated[Principal, may(*READERS)]
Planner = Annotated[Principal, may(*PLANNERS)]
Operator = Annotated[Principal, may(Role.DRONE_OPERATOR)]
Limit = Annotated[int, Query(ge=1, le=200)]
Cursor = Annotated[str | None, Query(max_length=64)]
