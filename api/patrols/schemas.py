"""What patrols look like over HTTP."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from api.kit.moment import Moment
from api.patrols.checklist import Item
from drone.check.terms import CLEARANCE_M

Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Field(ge=-85, le=85, allow_inf_nan=False)]
Metres = Annotated[float, Field(ge=0, le=10_000, allow_inf_nan=False)]
Action = Literal["start", "pause", "resume", "return", "land"]
Name = Annotated[str, Field(min_length=1, max_length=120)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RulesBody(Body):
    """`no_fly` and `people` are GeoJSON, ED-269 or ED-318; `area` and `fence` GeoJSON polygons.

    Heights are above the ground where the server knows it (`terrain` in its settings), else above home. `terrain` true
    asks for the ground and is refused where there is none; false counts above home all the same. `clearance_m` is kept
    from the ground, returns too; `return_height_m` is what the vehicle is set to return at, above home. With
    `safe_returns` a straight return that leaves the fence or crosses a zone breaks a rule, which else is a caution.
    """

    area: dict[str, Any] | None = None
    fence: dict[str, Any] | None = None
    no_fly: dict[str, Any] | None = None
    people: dict[str, Any] | None = None
    no_fly_buffer_m: Metres = 0
    max_height_m: Annotated[float, Field(gt=0, le=500)] = 120
    min_height_m: Annotated[float, Field(ge=0, le=500)] | None = None
    endurance_min: Annotated[float, Field(gt=0, le=1000)] | None = None
    reserve: Annotated[float, Field(ge=0, le=0.9)] = 0.2
    wind_m_s: Annotated[float, Field(ge=0, le=40)] = 0
    terrain: bool | None = None
    clearance_m: Annotated[float, Field(ge=0, le=500)] = CLEARANCE_M
    return_height_m: Annotated[float, Field(gt=0, le=5_000)] | None = None
    safe_returns: bool = False


class PlanBody(Body):
    """A QGroundControl plan document, and what it is held against."""

    name: Name
    plan: dict[str, Any]
    rules: RulesBody = RulesBody()


class BrokenRule(BaseModel):
    """`item` counts the plan's items from 1."""

    rule: str
    lon: float
    lat: float
    height_m: float
    item: int
    detail: str


class Checked(BaseModel):
    """`above`: what heights were counted from."""

    ok: bool
    above: Literal["ground", "home"]
    hash: str
    broken: list[BrokenRule]
    cautions: list[BrokenRule]
    length_m: float
    duration_s: float


class Plan(BaseModel):
    """One flight on one battery. Of a patrol that drones share (one `batch`), `drone` is who flies it, from 1, not
    before `starts_after_s` after the first of all, and `apart_m` the least difference of heights where ways of two come
    within 30 m of each other; null where none do."""

    id: str
    batch: str
    part: int
    drone: int
    starts_after_s: float
    apart_m: float | None
    name: str
    hash: str
    length_m: float
    duration_s: float
    cautions: list[BrokenRule]
    tickets: list[str]
    created_at: Moment
    created_by: str


class Plans(BaseModel):
    items: list[Plan]
    next: str | None = None


class FlightBody(Body):
    plan_id: Annotated[str, Field(max_length=64)]
    vehicle: Annotated[int, Field(ge=1, le=255)]


class Answer(BaseModel):
    ok: bool
    note: str
    by: str
    at: Moment


class AnswerBody(Body):
    ok: bool
    note: Annotated[str, Field(max_length=500)] = ""


class ChecklistBody(Body):
    answers: dict[Item, AnswerBody]


class Decision(BaseModel):
    """`id` is the reference that the vehicle's link is given with it."""

    id: str
    action: Action
    operator: str
    plan_hash: str
    vehicle: int
    at: Moment


class ProgressBody(Body):
    """`stage` is the vehicle's own: what it does, whatever was decided. `leg` of `legs` from 1, metres along the plan;
    null where that is not known yet. `silent`: it is not heard."""

    stage: Literal["uploaded", "starting", "flying", "paused", "returning", "landing", "landed"]
    finished: bool = False
    leg: Annotated[int, Field(ge=1, le=100_000)] | None = None
    legs: Annotated[int, Field(ge=1, le=100_000)] | None = None
    flown_m: Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)] | None = None
    length_m: Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)] | None = None
    pictures: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    lon: Lon | None = None
    lat: Lat | None = None
    height_above_home_m: Annotated[float, Field(ge=-1000, le=10_000, allow_inf_nan=False)] | None = None
    battery: Annotated[float, Field(ge=0, le=1)] | None = None
    silent: bool = False


class Progress(ProgressBody):
    at: Moment


class Flight(BaseModel):
    """`state` is what was decided; `progress` what the vehicle does, as told by whoever holds the link: null before."""

    id: str
    plan_id: str
    plan_hash: str
    vehicle: int
    state: str
    missing: list[Item]
    checklist: dict[Item, Answer]
    decisions: list[Decision]
    progress: Progress | None
    created_at: Moment
    created_by: str


class Flights(BaseModel):
    items: list[Flight]
    next: str | None = None


class DecisionBody(Body):
    """`plan_hash`: of the plan that the operator sees; it must be the flight's."""

    action: Action
    plan_hash: Annotated[str, Field(min_length=64, max_length=64)]


class ScheduleBody(Body):
    """`weekdays` 0 is Monday; `minute` of the day in the site's time zone."""

    plan_id: Annotated[str, Field(max_length=64)]
    vehicle: Annotated[int, Field(ge=1, le=255)]
    operator: Annotated[str, Field(min_length=1, max_length=160)]
    weekdays: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1, max_length=7)]
    minute: Annotated[int, Field(ge=0, le=1439)]
    first: date
    last: date | None = None
    skipped: Annotated[list[date], Field(max_length=366)] = []


class Schedule(BaseModel):
    """`grounded`: its operator's account is closed, or no drone operator's any more."""

    id: str
    plan_id: str
    vehicle: int
    operator: str
    weekdays: list[int]
    minute: int
    first: date
    last: date | None
    skipped: list[date]
    ended: bool
    grounded: bool


class Schedules(BaseModel):
    items: list[Schedule]
    next: str | None


class Clash(BaseModel):
    """Another occurrence that cannot be flown beside this one, and why: ``vehicle``, ``operator``, ``airspace``."""

    schedule: str
    starts_at: Moment
    why: list[str]


class Occurrence(BaseModel):
    schedule: str
    plan_id: str
    vehicle: int
    operator: str
    starts_at: Moment
    ends_at: Moment
    conflicts: list[Clash]


class Calendar(BaseModel):
    items: list[Occurrence]
    next: str | None
