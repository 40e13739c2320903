"""What goes over the wire. Written by `sanxun openapi --write` from docs/openapi.json: not to be edited."""

# fmt: off

from __future__ import annotations

from typing import Any, Literal, NotRequired, TypedDict

class AcceptBody(TypedDict):
    ground: NotRequired[GroundSettings | None]
    small_objects: NotRequired[bool]
    zones: NotRequired[list[ZoneSpec]]


class Accepted(TypedDict):
    camera: str
    revision: int
    zones: list[str]


class AcceptedView(TypedDict):
    camera: str
    view: int


class AccountChange(TypedDict):
    department: NotRequired[str | None]
    disabled: NotRequired[bool | None]
    grids: NotRequired[list[str] | None]
    name: NotRequired[str | None]
    role: NotRequired[Role | None]


class AccountMade(TypedDict):
    account: AccountOut
    password: str


class AccountOut(TypedDict):
    created_at: str
    department: str | None
    disabled_at: str | None
    elsewhere: bool
    grids: list[str]
    name: str
    role: Role
    second_factor: bool
    username: str


class Accounts(TypedDict):
    items: list[AccountOut]
    next: str | None


class Answer(TypedDict):
    at: str
    by: str
    note: str
    ok: bool


class AnswerBody(TypedDict):
    note: NotRequired[str]
    ok: bool


class AnswerIn(TypedDict):
    gone: bool


class ApprovedWiring(TypedDict):
    approved: int
    camera: str
    zone: str


class AreaBody(TypedDict):
    camera: NotRequired[CameraBody | None]
    drones: NotRequired[int]
    height_m: NotRequired[float]
    home: list[Any]
    landing: NotRequired[list[Any] | None]
    name: str
    rally: NotRequired[list[list[Any]]]
    rules: NotRequired[RulesBody]
    separation_m: NotRequired[float]
    spacing_m: NotRequired[float]
    speed_m_s: NotRequired[float]


class BrokenRule(TypedDict):
    detail: str
    height_m: float
    item: int
    lat: float
    lon: float
    rule: str


By = Literal['unit', 'kind', 'department']

class Calendar(TypedDict):
    items: list[Occurrence]
    next: str | None


class CalendarSpec(TypedDict):
    holidays: NotRequired[list[str]]
    hours: list[str]
    workdays: NotRequired[dict[str, list[str]]]


class Camera(TypedDict):
    datum: Literal['WGS-84', 'CGCS2000', 'GCJ-02']
    enabled: bool
    grid: str | None
    health: CameraHealth | None
    id: str
    lat: float | None
    lon: float | None
    name: str
    troubles: list[CameraTrouble]
    url: str
    view: int
    zones: list[Zone]


class CameraBody(TypedDict):
    front_overlap: NotRequired[float]
    gsd_cm: NotRequired[float | None]
    side_overlap: NotRequired[float]
    spec: str


class CameraChangeIn(TypedDict):
    at: str
    camera: str
    change: TroubleChange
    detail: NotRequired[str]
    event_id: str
    since: str
    still_jpeg: NotRequired[None]
    trouble: Trouble
    trouble_id: str
    type: Literal['camera_health']
    why: NotRequired[dict[str, float]]


class CameraHealth(TypedDict):
    b_frames: bool | None
    because: str | None
    codec: str | None
    decode_errors: int
    decoding: str | None
    dropped: int
    error: str | None
    fault: str | None
    fault_since: str | None
    fps: float | None
    key_interval_s: float | None
    last_frame_at: str | None
    looks_per_s: float
    model: str
    provider: str
    reconnects: int
    resolution_wh: list[Any] | None
    since: str
    state: CameraState
    unknown_by: dict[str, float]
    unknown_s: float
    worker: str


class CameraReport(TypedDict):
    b_frames: NotRequired[bool | None]
    because: NotRequired[str | None]
    camera: str
    codec: NotRequired[str | None]
    decode_errors: NotRequired[int]
    decoding: NotRequired[str | None]
    dropped: NotRequired[int]
    error: NotRequired[str | None]
    fault: NotRequired[str | None]
    fault_since: NotRequired[str | None]
    fps: NotRequired[float | None]
    key_interval_s: NotRequired[float | None]
    last_frame_at: NotRequired[str | None]
    looks_per_s: NotRequired[float]
    reconnects: NotRequired[int]
    resolution_wh: NotRequired[list[Any] | None]
    since: str
    state: CameraState
    unknown_by: NotRequired[dict[str, float]]
    unknown_s: NotRequired[float]


CameraState = Literal['connecting', 'live', 'stalled', 'down', 'disabled', 'unknown']

class CameraTrouble(TypedDict):
    camera: str
    detail: str
    ended_at: str | None
    id: str
    since: str
    trouble: Trouble
    why: dict[str, float]


class CameraTroubles(TypedDict):
    items: list[CameraTrouble]
    next: str | None


class Cameras(TypedDict):
    items: list[Camera]
    next: str | None
    workers: list[WorkerSeen]


Change = Literal['raised', 'cleared']

class ChannelState(TypedDict):
    dead: int
    id: str
    kind: str
    language: str
    quiet: list[str] | None
    sent: int
    topics: list[str]
    units: list[str]
    waiting: int


class ChannelStates(TypedDict):
    items: list[ChannelState]


class Checked(TypedDict):
    above: Literal['ground', 'home']
    broken: list[BrokenRule]
    cautions: list[BrokenRule]
    duration_s: float
    hash: str
    length_m: float
    ok: bool


class ChecklistBody(TypedDict):
    answers: dict[str, AnswerBody]


class Clash(TypedDict):
    schedule: str
    starts_at: str
    why: list[str]


class CloseBody(TypedDict):
    note: NotRequired[str]
    photo_jpeg: NotRequired[str | None]


class CodeRequest(TypedDict):
    code: str


Colour = Literal['red', 'orange', 'yellow', 'blue']

class ColourFeature(TypedDict):
    geometry: dict[str, Any]
    id: str
    properties: ColourOut
    type: NotRequired[Literal['Feature']]


class ColourMap(TypedDict):
    above: str | None
    bbox: list[float] | None
    features: list[ColourFeature]
    level: Level
    type: NotRequired[Literal['FeatureCollection']]
    under: str | None
    under_name: str | None


class ColourOut(TypedDict):
    because: dict[str, str]
    colour: Colour
    divided: bool
    grids: dict[str, int]
    level: Level
    name: str
    open: int
    overdue: int
    path: list[str]
    reasons: list[ReasonOut]
    recurring: int
    unit: str
    worst: list[str]


class ColourRule(TypedDict):
    orange: NotRequired[Threshold]
    recurring_days: NotRequired[int]
    red: NotRequired[Threshold]
    yellow: NotRequired[Threshold]


class Colours(TypedDict):
    items: list[ColourOut]
    next: str | None


Command = Literal['receive', 'register', 'reject', 'dispatch', 'accept', 'keep', 'close', 'confirm', 'return', 'false_alarm', 'clear', 'escalate', 'overdue', 'expire', 'suspend', 'resume', 'whistle', 'report', 'refuse', 'void', 'merge', 'unmerge']

class CommandBody(TypedDict):
    note: NotRequired[str]


class Contacts(TypedDict):
    email: NotRequired[str | None]
    phone: NotRequired[str | None]


class CorridorBody(TypedDict):
    camera: NotRequired[CameraBody | None]
    drones: NotRequired[int]
    height_m: NotRequired[float]
    home: list[Any]
    landing: NotRequired[list[Any] | None]
    line: dict[str, Any]
    name: str
    offset_m: NotRequired[float]
    pitch_deg: NotRequired[float]
    rally: NotRequired[list[list[Any]]]
    rules: NotRequired[RulesBody]
    separation_m: NotRequired[float]
    side: NotRequired[Side]
    speed_m_s: NotRequired[float]


class CountsOut(TypedDict):
    cleared: int
    cleared_of_found: int
    dismissed: int
    found: int
    on_foot: int
    open: int
    overdue: int
    refound: int


class Decision(TypedDict):
    action: Literal['start', 'pause', 'resume', 'return', 'land']
    at: str
    id: str
    operator: str
    plan_hash: str
    vehicle: int


class DecisionBody(TypedDict):
    action: Literal['start', 'pause', 'resume', 'return', 'land']
    plan_hash: str


class Deliveries(TypedDict):
    items: list[Delivery]
    next: str | None


class Delivery(TypedDict):
    address: str
    at: str
    attempts: int
    channel: str
    done_at: str | None
    due_at: str
    id: int
    last_error: str
    state: DeliveryState
    ticket_id: str | None
    topic: str
    unit: str | None


DeliveryState = Literal['waiting', 'sent', 'dead']

class DepartmentBody(TypedDict):
    answer_minutes: NotRequired[int]
    id: str
    kinds: NotRequired[list[Kind]]
    name: str
    units: NotRequired[list[str]]


class Departments(TypedDict):
    items: list[DepartmentBody]


class Duty(TypedDict):
    at: str
    usernames: list[str]


class Elsewhere(TypedDict):
    href: str
    name: str


class EnrolRequest(TypedDict):
    password: NotRequired[str | None]


class EnrolmentOut(TypedDict):
    qr_svg: str
    secret: str
    uri: str


class EventIn(TypedDict):
    began_at: str
    began_s: float
    camera: str
    captured_at: str
    confidence: float
    event: Change
    event_id: str
    hazard: HazardKind
    incident_id: str
    media_time_s: float
    place: NotRequired[PlaceIn | None]
    source: NotRequired[SightedBy]
    source_wh: list[Any]
    still_jpeg: NotRequired[str | None]
    why: NotRequired[dict[str, float | str]]
    xyxy: list[Any]
    zone: str


class EventsIn(TypedDict):
    events: list[EventIn | CameraChangeIn]


class EventsTaken(TypedDict):
    accepted: list[str]
    duplicates: list[str]


class EvidenceView(TypedDict):
    at: str
    by: str
    role: str
    way: Way


class EvidenceViews(TypedDict):
    items: list[EvidenceView]
    next: str | None


class ExemptSlot(TypedDict):
    hours: NotRequired[list[str]]
    limit_s: NotRequired[float | None]
    name: NotRequired[str]
    polygon: list[list[Any]]
    vehicles: NotRequired[list[str]]


FalseAlarm = Literal['nothing_there', 'other_thing', 'allowed', 'gone']

class FalseAlarmBody(TypedDict):
    note: NotRequired[str]
    reason: FalseAlarm


FaultKind = Literal['file', 'id', 'level', 'parent', 'ring', 'datum', 'outside', 'overlap', 'gap']

class FaultOut(TypedDict):
    at: str
    kind: str
    lat: float | None
    lon: float | None
    unit: str
    what: str


class FaultsOut(TypedDict):
    count: int
    items: list[FaultOut]
    next: str | None


class FireLaneSettings(TypedDict):
    dwell_s: NotRequired[float | None]
    least_blocked: NotRequired[float]
    least_m2: NotRequired[float]
    things: NotRequired[bool]


class Flight(TypedDict):
    checklist: dict[str, Answer]
    created_at: str
    created_by: str
    decisions: list[Decision]
    id: str
    missing: list[Item]
    plan_hash: str
    plan_id: str
    progress: Progress | None
    state: str
    vehicle: int


class FlightBody(TypedDict):
    plan_id: str
    vehicle: int


class Flights(TypedDict):
    items: list[Flight]
    next: NotRequired[str | None]


class FollowUpBody(TypedDict):
    away_m: NotRequired[float]
    camera: NotRequired[str | None]
    drones: NotRequired[int]
    height_m: NotRequired[float | None]
    hold_s: NotRequired[float]
    home: list[Any]
    landing: NotRequired[list[Any] | None]
    name: NotRequired[str]
    rally: NotRequired[list[list[Any]]]
    rules: NotRequired[RulesBody]
    separation_m: NotRequired[float]
    speed_m_s: NotRequired[float]
    tickets: NotRequired[list[str] | None]
    within_m: NotRequired[float]


class Followed(TypedDict):
    answered: Literal['gone', 'there'] | None
    asked: bool
    at: str
    kind: Kind
    progress: Literal['received', 'known', 'working', 'checking', 'settled', 'not_taken_up']


Format = Literal['json', 'xml']

class GatheringSettings(TypedDict):
    clear_s: NotRequired[float | None]
    dwell_s: NotRequired[float | None]
    fewest: NotRequired[int | None]
    hours: NotRequired[list[str]]
    people: NotRequired[int]
    radius_m: NotRequired[float]


class GridName(TypedDict):
    id: str
    name: str


class GroundSettings(TypedDict):
    height_m: NotRequired[float | None]
    points: NotRequired[list[list[Any]] | None]
    tilt_deg: NotRequired[float | None]
    view_deg: NotRequired[float]


class Hazard(TypedDict):
    began_at: str
    camera: str
    cleared_at: str | None
    confidence: float
    grid: str | None
    id: str
    kind: Kind
    lat: float | None
    lon: float | None
    merged_into: str | None
    muted: MutedBy | None
    raised_at: str
    sightings: list[Sighting]
    source: HazardsKindsSource
    source_wh: list[Any]
    state: HazardState
    still_url: str | None
    ticket_id: str | None
    uncertainty_m: float | None
    why: dict[str, float | str]
    words: str
    xyxy: list[Any]
    zone: str


HazardKind = Literal['illegal_parking', 'fire_lane', 'wiring', 'gathering']

HazardState = Literal['open', 'cleared']

class Hazards(TypedDict):
    items: list[Hazard]
    next: str | None


class Health(TypedDict):
    status: str


class ImportedOut(TypedDict):
    accepted: list[FaultOut]
    added: list[str]
    changed: list[str]
    dry_run: bool
    kept: int
    removed: list[str]
    still_named: list[str]


Item = Literal['airframe', 'battery', 'position', 'link', 'payload', 'weather', 'airspace', 'ground', 'plan']

Kind = Literal['illegal_parking', 'fire_lane', 'wiring', 'gathering', 'ageing_facility', 'damaged_facility', 'cluttered_stairs', 'e_bike', 'rubbish', 'other']

class Kinds(TypedDict):
    kinds: list[Kind]


class LedgerOut(TypedDict):
    items: list[LedgerRowOut]
    least_found: int
    level: Level
    monday: str
    next: str | None
    sunday: str
    total: CountsOut
    week: str


class LedgerRowOut(TypedDict):
    counts: CountsOut
    enough: bool | None
    names: list[str]
    unit: str | None


class LedgerSettings(TypedDict):
    least_found: NotRequired[int]


Level = Literal['street', 'community', 'grid', 'micro_grid']

class LineOut(TypedDict):
    closed_at: str | None
    deadline: str | None
    department: str | None
    done_at: str | None
    found_at: str
    kind: str
    number: int
    place: str
    refound: bool
    source: str
    state: str
    unit: str | None
    unit_name: str


class Lines(TypedDict):
    items: list[LineOut]
    next: str | None


class LookAsked(TypedDict):
    camera: str
    hazard: Kind
    incident_id: str
    picture: bool
    since: str
    source_wh: list[Any]
    xyxy: list[Any]
    zone: str


class LookIn(TypedDict):
    captured_at: str
    incident_id: str
    sees: Sees
    still_jpeg: NotRequired[str | None]


class LookedAt(TypedDict):
    looked_at: list[str]
    looks: NotRequired[list[LookAsked]]


class LooksIn(TypedDict):
    looks: list[LookIn]


class LooksTaken(TypedDict):
    decided: int


class LoopOut(TypedDict):
    items: list[LoopRowOut]
    next: str | None
    since: str
    total: SpeedOut
    until: str


class LoopRowOut(TypedDict):
    answers: SpeedOut | None
    key: str | None
    loop: SpeedOut
    name: str


class Member(TypedDict):
    part: Part
    username: str


class Merge(TypedDict):
    at: str
    by: str
    hazard_id: str
    into_id: str
    undone_at: str | None
    undone_by: str | None
    undone_why: str | None
    why: dict[str, float | str]


class MergeBody(TypedDict):
    anyway: NotRequired[bool]
    into: str
    reason: str


class Merges(TypedDict):
    items: list[Merge]


class Mute(TypedDict):
    camera: str | None
    created_at: str
    created_by: str
    ended_at: str | None
    ended_by: str | None
    ends_at: str
    hazards: int
    holds: bool
    id: str
    kinds: list[Kind]
    purpose: Literal['mute', 'maintenance']
    reason: str
    starts_at: str
    unit: str | None
    zone: str | None


class MuteBody(TypedDict):
    camera: NotRequired[str | None]
    ends_at: str
    kinds: NotRequired[list[Kind]]
    purpose: NotRequired[Literal['mute', 'maintenance']]
    reason: str
    starts_at: NotRequired[str | None]
    unit: NotRequired[str | None]
    zone: NotRequired[str | None]


class MutedBy(TypedDict):
    by: str
    id: str
    purpose: Literal['mute', 'maintenance']
    reason: str
    until: str


class Mutes(TypedDict):
    items: list[Mute]
    next: str | None


class Nearby(TypedDict):
    distance_m: float | None
    ended: bool
    id: str
    kind: Kind
    raised_at: str
    source: HazardsKindsSource
    state: HazardState
    still_url: str | None
    ticket_id: str | None
    ticket_number: int | None
    verdict: Literal['same', 'perhaps']
    why: dict[str, float | str]


class NearbyHazards(TypedDict):
    items: list[Nearby]


class NewAccount(TypedDict):
    department: NotRequired[str | None]
    grids: NotRequired[list[str]]
    name: NotRequired[str]
    role: Role
    username: str


class NewPassword(TypedDict):
    current_password: str
    new_password: str


class NewToken(TypedDict):
    days: NotRequired[float | None]
    department: NotRequired[str | None]
    grids: NotRequired[list[str]]
    name: str
    role: Role
    scopes: NotRequired[list[str]]


class Occurrence(TypedDict):
    conflicts: list[Clash]
    ends_at: str
    operator: str
    plan_id: str
    schedule: str
    starts_at: str
    vehicle: int


class OpenBody(TypedDict):
    reason: str


class Opening(TypedDict):
    at: str
    by: str
    reason: str
    role: str


class Openings(TypedDict):
    items: list[Opening]
    next: str | None


class OutboxReport(TypedDict):
    clips: NotRequired[int]
    clips_dropped: NotRequired[int]
    disk_full: NotRequired[bool]
    events_dropped: NotRequired[int]
    pending: NotRequired[int]
    quarantined: NotRequired[int]
    stills: NotRequired[int]
    stills_dropped: NotRequired[int]


Owner = Literal['centre', 'unit', 'person', 'department']

class ParkingSettings(TypedDict):
    exempt: NotRequired[list[ExemptSlot]]
    grace_s: NotRequired[float]
    hours: NotRequired[list[str]]
    queue: NotRequired[list[list[list[Any]]]]
    queue_s: NotRequired[float]


Part = Literal['grid_worker', 'officer', 'helper']

class PasswordMade(TypedDict):
    password: str


class PerimeterBody(TypedDict):
    camera: NotRequired[CameraBody | None]
    drones: NotRequired[int]
    height_m: NotRequired[float]
    home: list[Any]
    landing: NotRequired[list[Any] | None]
    name: str
    offset_m: NotRequired[float]
    pitch_deg: NotRequired[float]
    rally: NotRequired[list[list[Any]]]
    rules: NotRequired[RulesBody]
    separation_m: NotRequired[float]
    speed_m_s: NotRequired[float]


class Picture(TypedDict):
    at: str
    hazard_id: str
    purpose: str
    url: str


class Pictures(TypedDict):
    items: list[Picture]


class PlaceIn(TypedDict):
    bearing_deg: float
    lat: float
    lon: float
    semi_major_m: float
    semi_minor_m: float


class PlaceOut(TypedDict):
    near: list[str]
    unit: UnitOut | None


class PlacesBody(TypedDict):
    away_m: NotRequired[float]
    camera: NotRequired[CameraBody | None]
    drones: NotRequired[int]
    height_m: NotRequired[float]
    hold_s: NotRequired[float]
    home: list[Any]
    landing: NotRequired[list[Any] | None]
    name: str
    orbit: NotRequired[bool]
    places: dict[str, Any]
    rally: NotRequired[list[list[Any]]]
    rules: NotRequired[RulesBody]
    separation_m: NotRequired[float]
    speed_m_s: NotRequired[float]


class Plan(TypedDict):
    apart_m: float | None
    batch: str
    cautions: list[BrokenRule]
    created_at: str
    created_by: str
    drone: int
    duration_s: float
    hash: str
    id: str
    length_m: float
    name: str
    part: int
    starts_after_s: float
    tickets: list[str]


class PlanBody(TypedDict):
    name: str
    plan: dict[str, Any]
    rules: NotRequired[RulesBody]


class Plans(TypedDict):
    items: list[Plan]
    next: NotRequired[str | None]


class Point(TypedDict):
    code_url: str
    created_at: str
    grid: str | None
    id: str
    lat: float
    lon: float
    name: str
    radius_m: float
    retired_at: str | None
    url: str


class PointIn(TypedDict):
    datum: Literal['WGS-84', 'CGCS2000', 'GCJ-02']
    lat: float
    lon: float
    name: str
    radius_m: NotRequired[float]


class Points(TypedDict):
    items: list[Point]
    next: str | None


class Problem(TypedDict):
    detail: str
    instance: str
    status: int
    title: str
    type: str


class Progress(TypedDict):
    at: str
    battery: NotRequired[float | None]
    finished: NotRequired[bool]
    flown_m: NotRequired[float | None]
    height_above_home_m: NotRequired[float | None]
    lat: NotRequired[float | None]
    leg: NotRequired[int | None]
    legs: NotRequired[int | None]
    length_m: NotRequired[float | None]
    lon: NotRequired[float | None]
    pictures: NotRequired[int]
    silent: NotRequired[bool]
    stage: Literal['uploaded', 'starting', 'flying', 'paused', 'returning', 'landing', 'landed']


class ProgressBody(TypedDict):
    battery: NotRequired[float | None]
    finished: NotRequired[bool]
    flown_m: NotRequired[float | None]
    height_above_home_m: NotRequired[float | None]
    lat: NotRequired[float | None]
    leg: NotRequired[int | None]
    legs: NotRequired[int | None]
    length_m: NotRequired[float | None]
    lon: NotRequired[float | None]
    pictures: NotRequired[int]
    silent: NotRequired[bool]
    stage: Literal['uploaded', 'starting', 'flying', 'paused', 'returning', 'landing', 'landed']


class ProposalIn(TypedDict):
    photo_jpeg: str
    where: NotRequired[WhereIn | None]


class ProposalOut(TypedDict):
    because: str
    confidence: float
    kind: Kind | None
    kinds: list[Kind]
    nearby: list[Suggested]
    source_wh: list[Any]
    unit: str | None
    xyxy: list[Any]


class ProposedZone(TypedDict):
    confidence: float
    figures: NotRequired[dict[str, float]]
    reason: Reason
    zone: ZoneSpec


class PublicPoint(TypedDict):
    kinds: list[Kind]
    name: str
    site: str


class PublicReportIn(TypedDict):
    kind: Kind
    photo_jpeg: NotRequired[str | None]
    point: str
    words: NotRequired[str]


class Readiness(TypedDict):
    checks: dict[str, str]
    status: Literal['ready', 'not ready']


Reason = Literal['free_lane', 'queue', 'standing', 'people']

class ReasonOut(TypedDict):
    count: int
    least: int
    what: Literal['open', 'overdue', 'recurring']


class Receipt(TypedDict):
    receipt: str


class RecoveryCodes(TypedDict):
    codes: list[str]


class Report(TypedDict):
    address: str
    at: str
    hazard_id: str
    id: str
    kind: Kind
    lat: float | None
    lon: float | None
    merged_into: str | None
    photo_url: str | None
    proposed: dict[str, Any] | None
    ticket_id: str | None
    ticket_number: int | None
    ticket_state: str | None
    way: Literal['phone', 'qr', 'open311']
    words: str


class ReportIn(TypedDict):
    kind: NotRequired[Kind | None]
    photo_jpeg: NotRequired[str | None]
    where: WhereIn
    words: NotRequired[str]


class Reported(TypedDict):
    at: str
    camera: str
    grid: str | None
    kind: Kind
    number: int
    reason: FalseAlarm
    source_wh: list[Any]
    still_url: str | None
    ticket_id: str
    xyxy: list[Any]
    zone: str


class ReportedPage(TypedDict):
    items: list[Reported]
    next: str | None


class Reports(TypedDict):
    items: list[Report]
    next: str | None


Role = Literal['administrator', 'command_centre', 'drone_operator', 'grid_worker', 'officer', 'department', 'property_manager', 'volunteer', 'auditor', 'worker', 'metrics']

class Roster(TypedDict):
    entries: list[RosterLineIn]


class RosterIn(TypedDict):
    entries: list[RosterLineIn]


class RosterLineIn(TypedDict):
    date: NotRequired[str | None]
    days: NotRequired[str]
    shift: str
    username: NotRequired[str]


class RulesBody(TypedDict):
    area: NotRequired[dict[str, Any] | None]
    clearance_m: NotRequired[float]
    endurance_min: NotRequired[float | None]
    fence: NotRequired[dict[str, Any] | None]
    max_height_m: NotRequired[float]
    min_height_m: NotRequired[float | None]
    no_fly: NotRequired[dict[str, Any] | None]
    no_fly_buffer_m: NotRequired[float]
    people: NotRequired[dict[str, Any] | None]
    reserve: NotRequired[float]
    return_height_m: NotRequired[float | None]
    safe_returns: NotRequired[bool]
    terrain: NotRequired[bool | None]
    wind_m_s: NotRequired[float]


class Schedule(TypedDict):
    ended: bool
    first: str
    grounded: bool
    id: str
    last: str | None
    minute: int
    operator: str
    plan_id: str
    skipped: list[str]
    vehicle: int
    weekdays: list[int]


class ScheduleBody(TypedDict):
    first: str
    last: NotRequired[str | None]
    minute: int
    operator: str
    plan_id: str
    skipped: NotRequired[list[str]]
    vehicle: int
    weekdays: list[int]


class Schedules(TypedDict):
    items: list[Schedule]
    next: str | None


class SealedClip(TypedDict):
    began_at: str
    delete_by: str
    deleted_at: str | None
    duration_s: float
    event_id: str
    openings: int
    size_bytes: int


class SealedClips(TypedDict):
    items: list[SealedClip]
    may_list: bool
    may_open: bool


class SecondFactorState(TypedDict):
    in_force_since: str | None
    recovery_codes_left: int


class SeenBody(TypedDict):
    gone: bool
    note: NotRequired[str]


Sees = Literal['clear', 'there']

class Session(TypedDict):
    agent: str
    began_at: str
    expires_at: str
    id: str
    method: Literal['password', 'totp', 'elsewhere']
    this: bool


class Sessions(TypedDict):
    items: list[Session]


class Shift(TypedDict):
    ends: str
    name: str
    starts: str


Side = Literal['left', 'right', 'both']

SightedBy = Literal['camera', 'drone', 'vehicle']

class Sighting(TypedDict):
    began_at: str
    camera: str
    cleared_at: str | None
    confidence: float
    grid: str | None
    id: str
    kind: Kind
    lat: float | None
    lon: float | None
    raised_at: str
    source: HazardsKindsSource
    source_wh: list[Any]
    state: HazardState
    still_url: str | None
    uncertainty_m: float | None
    why: dict[str, float | str]
    words: str
    xyxy: list[Any]
    zone: str


class SignInRequest(TypedDict):
    code: NotRequired[str | None]
    password: str
    username: str


class SignedIn(TypedDict):
    user: User


class SiteForPeople(TypedDict):
    grids: list[GridName]
    more_grids: bool
    name: str
    timezone: str


class SpeedOut(TypedDict):
    count: int
    decided: int
    in_time: int
    p50_s: float | None
    p95_s: float | None
    share_in_time: float | None


class SplitBody(TypedDict):
    reason: str


Step = TypedDict('Step', {'at': 'str', 'by': 'str', 'command': 'Command', 'from': 'TicketState | None', 'note': 'str', 'to': 'TicketState'})

class Suggested(TypedDict):
    distance_m: float | None
    ended: bool
    hazard_id: str
    kind: Kind
    raised_at: str
    source: HazardsKindsSource
    ticket_number: int | None


class SuggestionIn(TypedDict):
    camera: str
    ground: NotRequired[GroundSettings | None]
    ground_boxes: NotRequired[int]
    key_interval_s: NotRequired[float | None]
    looks: int
    picture_jpeg: NotRequired[str | None]
    small_objects: NotRequired[bool]
    small_share: NotRequired[float]
    source_wh: list[Any]
    stood: NotRequired[int]
    vehicles: NotRequired[int]
    watched_s: float
    zones: NotRequired[list[ProposedZone]]


class SuggestionLine(TypedDict):
    camera: str
    made_at: str
    zones: int


class SuggestionOut(TypedDict):
    camera: str
    ground: GroundSettings | None
    ground_boxes: int
    id: str
    key_interval_s: float | None
    looks: int
    made_at: str
    made_by: str
    picture_url: str
    small_objects: bool
    small_share: float
    source_wh: list[Any]
    stood: int
    vehicles: int
    watched_s: float
    zones: list[ProposedZone]


class Suggestions(TypedDict):
    items: list[SuggestionLine]
    next: str | None


class SuspendBody(TypedDict):
    note: NotRequired[str]
    until: str


class Team(TypedDict):
    members: list[Member]


class Threshold(TypedDict):
    open: int | None
    overdue: int | None
    recurring: int | None


class Ticket(TypedDict):
    ack_until: str | None
    assignee: str | None
    began_at: str
    camera: str
    camera_name: str
    cause: str
    changed_at: str
    cleared_at: str | None
    closed_at: str | None
    closing_photo: Literal['required', 'none']
    closing_photo_url: str | None
    commands: list[Command]
    created_at: str
    datum: NotRequired[Literal['WGS-84']]
    decide_by: str | None
    department: str | None
    dispatched_at: str | None
    dispatched_to: list[str]
    due_at: str | None
    escalated_to: str | None
    escalations: int
    false_alarm_reasons: list[FalseAlarm]
    grid: str | None
    hazard_id: str
    hazard_state: HazardState
    history: list[Step]
    id: str
    kind: Kind
    lat: float | None
    lon: float | None
    merged_into: str | None
    number: int
    owner: Owner | None
    rectified_at: str | None
    rectify_by: str | None
    rectify_left_s: float | None
    rectify_overdue: bool
    recurrence_of: str | None
    respond_by: str | None
    respond_left_s: float | None
    respond_overdue: bool
    responded_at: str | None
    side_commands: list[Command]
    source: HazardsKindsSource
    source_wh: list[Any]
    state: TicketState
    still_url: str | None
    suspended_until: str | None
    version: int
    why: dict[str, float | str]
    xyxy: list[Any]
    zone: str
    zone_name: str


TicketState = Literal['received', 'registered', 'dispatched', 'working', 'verifying', 'closed', 'rejected', 'returned', 'suspended', 'voided', 'merged']

class Tickets(TypedDict):
    items: list[Ticket]
    next: str | None


class TokenMade(TypedDict):
    secret: str
    token: TokenOut


class TokenOut(TypedDict):
    created_at: str
    expires_at: str | None
    grids: list[str]
    id: int
    name: str
    revoked_at: str | None
    role: Role
    scopes: list[str]


class Tokens(TypedDict):
    items: list[TokenOut]
    next: str | None


class TownSettings(TypedDict):
    calendar: NotRequired[str]
    calendars: NotRequired[dict[str, Any]]
    colours: NotRequired[ColourRule]
    ledger: NotRequired[LedgerSettings]
    shifts: NotRequired[list[Shift]]


Trouble = Literal['flat', 'frozen', 'covered', 'defocused', 'turned', 'clock_stepped', 'clock_drifts', 'down', 'stalled']

TroubleChange = Literal['began', 'ended']

class UnitBody(TypedDict):
    note: NotRequired[str]
    unit: NotRequired[str | None]


class UnitOut(TypedDict):
    calendar: str | None
    children: int
    id: str
    level: Level
    name: str
    names: list[str]
    path: list[str]
    source: TownUnitsSource


class Units(TypedDict):
    items: list[UnitOut]
    next: str | None


class User(TypedDict):
    department: NotRequired[str | None]
    enrol: NotRequired[bool]
    grids: list[str]
    name: str
    role: Role
    username: str


Way = Literal['picture', 'export', 'live', 'suggestion']

class Ways(TypedDict):
    elsewhere: Elsewhere | None
    password: NotRequired[bool]


class WhereIn(TypedDict):
    accuracy_m: NotRequired[float | None]
    datum: Literal['WGS-84', 'CGCS2000', 'GCJ-02']
    lat: float
    lon: float


class Whistle(TypedDict):
    answer: str
    answer_by: str
    answered_at: str | None
    called_at: str
    camera_name: str
    commands: list[Literal['report', 'refuse']]
    datum: NotRequired[Literal['WGS-84']]
    department: str
    grid: str | None
    id: str
    kind: Kind
    lat: float | None
    lon: float | None
    passed_to: str | None
    reason: str
    state: WhistleState
    still_url: str | None
    ticket_id: str
    ticket_number: int
    ticket_state: TicketState
    unit: str | None
    zone_name: str


class WhistleBody(TypedDict):
    department: str
    note: str


WhistleState = Literal['called', 'reported', 'refused', 'unanswered', 'withdrawn']

class Whistles(TypedDict):
    items: list[Whistle]
    next: str | None


class WiringSettings(TypedDict):
    approved: NotRequired[int]
    bare: NotRequired[bool]
    look_every_s: NotRequired[float]
    looks: NotRequired[int]
    more_crossings: NotRequired[int]
    more_disorder: NotRequired[float]
    more_sag: NotRequired[float]
    new_wires: NotRequired[float]
    width_m: NotRequired[float | None]


class WorkerSeen(TypedDict):
    outbox: OutboxReport
    worker: str


class WorkerSite(TypedDict):
    site: dict[str, Any]


class WorkerStatus(TypedDict):
    cameras: list[CameraReport]
    model: NotRequired[str]
    outbox: NotRequired[OutboxReport | None]
    provider: NotRequired[str]
    worker: str


class Written(TypedDict):
    lines: int


class Zone(TypedDict):
    hazards: list[str]
    id: str
    name: str
    polygon: list[list[Any]]


class ZoneSpec(TypedDict):
    clear_s: NotRequired[float]
    dwell_s: NotRequired[float | None]
    fire_lane: NotRequired[FireLaneSettings]
    gathering: NotRequired[GatheringSettings]
    hazards: list[HazardKind]
    id: str
    lat: NotRequired[float | None]
    lon: NotRequired[float | None]
    lonlat: NotRequired[list[list[Any]] | None]
    name: NotRequired[str]
    parking: NotRequired[ParkingSettings]
    polygon: list[list[Any]]
    radius_m: NotRequired[float]
    vehicles: NotRequired[list[str] | None]
    wiring: NotRequired[WiringSettings]


HazardsKindsSource = Literal['camera', 'drone', 'vehicle', 'report', 'manual']

TownUnitsSource = Literal['site', 'import']
