"""The operations of the API. Written by `sanxun openapi --write` from docs/openapi.json: not to be edited."""

# fmt: off

from __future__ import annotations

from typing import Any, Literal, cast
from urllib.parse import quote

from api.client.schemas import AcceptBody, Accepted, AcceptedView, AccountChange, AccountMade, AccountOut, Accounts, Answer, AnswerBody, AnswerIn, ApprovedWiring, AreaBody, BrokenRule, By, Calendar, CalendarSpec, Camera, CameraBody, CameraChangeIn, CameraHealth, CameraReport, CameraState, CameraTrouble, CameraTroubles, Cameras, Change, ChannelState, ChannelStates, Checked, ChecklistBody, Clash, CloseBody, CodeRequest, Colour, ColourFeature, ColourMap, ColourOut, ColourRule, Colours, Command, CommandBody, Contacts, CorridorBody, CountsOut, Decision, DecisionBody, Deliveries, Delivery, DeliveryState, DepartmentBody, Departments, Duty, Elsewhere, EnrolRequest, EnrolmentOut, EventIn, EventsIn, EventsTaken, EvidenceView, EvidenceViews, ExemptSlot, FalseAlarm, FalseAlarmBody, FaultKind, FaultOut, FaultsOut, FireLaneSettings, Flight, FlightBody, Flights, FollowUpBody, Followed, Format, GatheringSettings, GridName, GroundSettings, Hazard, HazardKind, HazardState, Hazards, HazardsKindsSource, Health, ImportedOut, Item, Kind, Kinds, LedgerOut, LedgerRowOut, LedgerSettings, Level, LineOut, Lines, LookAsked, LookIn, LookedAt, LooksIn, LooksTaken, LoopOut, LoopRowOut, Member, Merge, MergeBody, Merges, Mute, MuteBody, MutedBy, Mutes, Nearby, NearbyHazards, NewAccount, NewPassword, NewToken, Occurrence, OpenBody, Opening, Openings, OutboxReport, Owner, ParkingSettings, Part, PasswordMade, PerimeterBody, Picture, Pictures, PlaceIn, PlaceOut, PlacesBody, Plan, PlanBody, Plans, Point, PointIn, Points, Problem, Progress, ProgressBody, ProposalIn, ProposalOut, ProposedZone, PublicPoint, PublicReportIn, Readiness, Reason, ReasonOut, Receipt, RecoveryCodes, Report, ReportIn, Reported, ReportedPage, Reports, Role, Roster, RosterIn, RosterLineIn, RulesBody, Schedule, ScheduleBody, Schedules, SealedClip, SealedClips, SecondFactorState, SeenBody, Sees, Session, Sessions, Shift, Side, SightedBy, Sighting, SignInRequest, SignedIn, SiteForPeople, SpeedOut, SplitBody, Step, Suggested, SuggestionIn, SuggestionLine, SuggestionOut, Suggestions, SuspendBody, Team, Threshold, Ticket, TicketState, Tickets, TokenMade, TokenOut, Tokens, TownSettings, TownUnitsSource, Trouble, TroubleChange, UnitBody, UnitOut, Units, User, Way, Ways, WhereIn, Whistle, WhistleBody, WhistleState, Whistles, WiringSettings, WorkerSeen, WorkerSite, WorkerStatus, Written, Zone, ZoneSpec
from api.client.transport import Transport


class Operations(Transport):
    def accept_suggestion(self, *, camera: str, body: AcceptBody, if_match: str | None = None) -> Accepted:
        """Make the given zones part of the site; its workers follow within seconds. The suggestion is gone then. POST /api/v1/cameras/{camera}/suggestion/accept"""
        return cast('Accepted', self.call('POST', f"/api/v1/cameras/{quote(str(camera), safe='')}/suggestion/accept", headers={'if-match': if_match}, body=body))

    def accept_ticket(self, *, ticket_id: str, if_match: str | None = None, body: CommandBody | None = None) -> Ticket:
        """Take the ticket on and be there: dispatched or returned → working. Again by the same person: answered as it is. POST /api/v1/tickets/{ticket_id}/accept"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/accept", headers={'if-match': if_match}, body=body))

    def accept_view(self, *, camera: str) -> AcceptedView:
        """The camera was aimed anew on purpose and its zones were seen to: its worker learns this view as the right one. POST /api/v1/cameras/{camera}/accept-view"""
        return cast('AcceptedView', self.call('POST', f"/api/v1/cameras/{quote(str(camera), safe='')}/accept-view"))

    def answer_patrol_checklist(self, *, flight_id: str, body: ChecklistBody) -> Flight:
        """Answer items of the go/no-go checklist: it is go when all are yes. POST /api/v1/patrols/flights/{flight_id}/checklist"""
        return cast('Flight', self.call('POST', f"/api/v1/patrols/flights/{quote(str(flight_id), safe='')}/checklist", body=body))

    def answer_public_report(self, *, receipt: str, body: AnswerIn) -> Followed:
        """Whether it is gone, asked once somebody has said that it is done and no camera can look: gone closes it, there POST /api/v1/public/reports/{receipt}/answer"""
        return cast('Followed', self.call('POST', f"/api/v1/public/reports/{quote(str(receipt), safe='')}/answer", body=body))

    def approve(self, *, camera: str, zone: str) -> ApprovedWiring:
        """What hangs there was looked at and is right: its worker takes it for the baseline within minutes, and a hazard POST /api/v1/cameras/{camera}/zones/{zone}/approve-wiring"""
        return cast('ApprovedWiring', self.call('POST', f"/api/v1/cameras/{quote(str(camera), safe='')}/zones/{quote(str(zone), safe='')}/approve-wiring"))

    def blow_whistle(self, *, ticket_id: str, body: WhistleBody) -> Whistle:
        """吹哨: call a department to the ticket. Its answer clock starts. Again before its answer: the same whistle. POST /api/v1/tickets/{ticket_id}/whistle"""
        return cast('Whistle', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/whistle", body=body))

    def change_account(self, *, username: str, body: AccountChange, if_match: str | None = None) -> AccountOut:
        """Change name, role, units, department, or shut it out. Needs If-Match: it overwrites what others change too. PATCH /api/v1/accounts/{username}"""
        return cast('AccountOut', self.call('PATCH', f"/api/v1/accounts/{quote(str(username), safe='')}", headers={'if-match': if_match}, body=body))

    def change_password(self, *, body: NewPassword) -> None:
        """Change one's own password. Ends one's other sessions. POST /api/v1/session/password"""
        self.call('POST', '/api/v1/session/password', body=body)

    def check_patrol_plan(self, *, body: PlanBody) -> Checked:
        """Hold a plan against rules, and keep nothing: every broken rule with its place. POST /api/v1/patrols/checks"""
        return cast('Checked', self.call('POST', '/api/v1/patrols/checks', body=body))

    def close_ticket(self, *, ticket_id: str, if_match: str | None = None, body: CloseBody | None = None) -> Ticket:
        """Say that it is done: working → verifying, and on to closed once the camera sees the place free. POST /api/v1/tickets/{ticket_id}/close"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/close", headers={'if-match': if_match}, body=body))

    def come_back_from_elsewhere(self, *, state: str, code: str | None = None, error: str | None = None, iss: str | None = None) -> bytes:
        """Where the provider sends the visitor back to, with a code or an error. GET /api/v1/session/elsewhere/callback"""
        return cast('bytes', self.call('GET', '/api/v1/session/elsewhere/callback', query={'state': state, 'code': code, 'error': error, 'iss': iss}))

    def confirm_second_factor(self, *, body: CodeRequest) -> RecoveryCodes:
        """Put it in force with the first code of the app; the answer holds the recovery codes, this once. POST /api/v1/session/second-factor/confirm"""
        return cast('RecoveryCodes', self.call('POST', '/api/v1/session/second-factor/confirm', body=body))

    def confirm_ticket(self, *, ticket_id: str, if_match: str | None = None, body: CommandBody | None = None) -> Ticket:
        """Close by eye what waits for the camera: verifying → closed, with a note. POST /api/v1/tickets/{ticket_id}/confirm"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/confirm", headers={'if-match': if_match}, body=body))

    def count_tickets(self) -> dict[str, int]:
        """How many tickets stand in each state, of those that the caller may see. GET /api/v1/tickets/counts"""
        return cast('dict[str, int]', self.call('GET', '/api/v1/tickets/counts'))

    def create_account(self, *, body: NewAccount) -> AccountMade:
        """Make an account; its password is generated, and shown this once. POST /api/v1/accounts"""
        return cast('AccountMade', self.call('POST', '/api/v1/accounts', body=body))

    def create_service_token(self, *, body: NewToken) -> TokenMade:
        """A new bearer token, shown this once. POST /api/v1/tokens"""
        return cast('TokenMade', self.call('POST', '/api/v1/tokens', body=body))

    def decide_patrol(self, *, flight_id: str, body: DecisionBody) -> Decision:
        """A signed-in drone operator decides that the vehicle shall move. A token decides nothing. POST /api/v1/patrols/flights/{flight_id}/decisions"""
        return cast('Decision', self.call('POST', f"/api/v1/patrols/flights/{quote(str(flight_id), safe='')}/decisions", body=body))

    def discard_suggestion(self, *, camera: str, if_match: str | None = None) -> None:
        """Discard it, and its picture. DELETE /api/v1/cameras/{camera}/suggestion"""
        self.call('DELETE', f"/api/v1/cameras/{quote(str(camera), safe='')}/suggestion", headers={'if-match': if_match})

    def dispatch_ticket(self, *, ticket_id: str, if_match: str | None = None, body: UnitBody | None = None) -> Ticket:
        """Send it, or send it anew: to `unit`, or to whoever is on duty where it lies. POST /api/v1/tickets/{ticket_id}/dispatch"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/dispatch", headers={'if-match': if_match}, body=body))

    def end_mute(self, *, mute_id: str) -> Mute:
        """End it sooner. What it held back and is there still gets its tickets now. POST /api/v1/mutes/{mute_id}/end"""
        return cast('Mute', self.call('POST', f"/api/v1/mutes/{quote(str(mute_id), safe='')}/end"))

    def end_other_sessions(self) -> None:
        """Sign out everywhere but here. DELETE /api/v1/session/others"""
        self.call('DELETE', '/api/v1/session/others')

    def end_own_session(self, *, session_id: str) -> None:
        """Sign out there. DELETE /api/v1/session/all/{session_id}"""
        self.call('DELETE', f"/api/v1/session/all/{quote(str(session_id), safe='')}")

    def end_patrol_flight(self, *, flight_id: str) -> Flight:
        """Say that it is on the ground, or called off. POST /api/v1/patrols/flights/{flight_id}/end"""
        return cast('Flight', self.call('POST', f"/api/v1/patrols/flights/{quote(str(flight_id), safe='')}/end"))

    def end_patrol_schedule(self, *, schedule_id: str) -> Schedule:
        """End Patrol Schedule POST /api/v1/patrols/schedules/{schedule_id}/end"""
        return cast('Schedule', self.call('POST', f"/api/v1/patrols/schedules/{quote(str(schedule_id), safe='')}/end"))

    def end_session_of_account(self, *, username: str, session_id: str) -> None:
        """End Session Of Account DELETE /api/v1/accounts/{username}/sessions/{session_id}"""
        self.call('DELETE', f"/api/v1/accounts/{quote(str(username), safe='')}/sessions/{quote(str(session_id), safe='')}")

    def end_sessions_of_account(self, *, username: str) -> None:
        """Sign an account out everywhere. DELETE /api/v1/accounts/{username}/sessions"""
        self.call('DELETE', f"/api/v1/accounts/{quote(str(username), safe='')}/sessions")

    def enrol_second_factor(self, *, body: EnrolRequest) -> EnrolmentOut:
        """Begin: a secret for the app, in force once `confirm` has shown that the app has it. POST /api/v1/session/second-factor"""
        return cast('EnrolmentOut', self.call('POST', '/api/v1/session/second-factor', body=body))

    def escalate_ticket(self, *, ticket_id: str, if_match: str | None = None, body: UnitBody | None = None) -> Ticket:
        """Hand it to the level above, or to a chosen `unit` above, with a note that says why. POST /api/v1/tickets/{ticket_id}/escalate"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/escalate", headers={'if-match': if_match}, body=body))

    def evidence(self, *, evidence_id: str) -> bytes:
        """A picture, heads already made unrecognisable. Who was given it stays on record. GET /api/v1/evidence/{evidence_id}.jpg"""
        return cast('bytes', self.call('GET', f"/api/v1/evidence/{quote(str(evidence_id), safe='')}.jpg"))

    def export_false_alarms(self, *, since: str | None = None, limit: int | None = None, cursor: str | None = None) -> bytes:
        """The newest as a zip: redacted stills with their boxes, and background to train on. Where there are more, X-Next GET /api/v1/false-alarms/export"""
        return cast('bytes', self.call('GET', '/api/v1/false-alarms/export', query={'since': since, 'limit': limit, 'cursor': cursor}))

    def export_ledger(self, *, format: Literal['xlsx', 'csv'] | None = None, sheet: Literal['summary', 'lines'] | None = None, week: str | None = None, level: Level | None = None, under: str | None = None, lang: Literal['zh', 'en'] | None = None) -> bytes:
        """The ledger as a workbook or as CSV, from the same sums as the screen. GET /api/v1/ledger/export"""
        return cast('bytes', self.call('GET', '/api/v1/ledger/export', query={'format': format, 'sheet': sheet, 'week': week, 'level': level, 'under': under, 'lang': lang}))

    def follow_public_report(self, *, receipt: str) -> Followed:
        """What became of it. GET /api/v1/public/reports/{receipt}"""
        return cast('Followed', self.call('GET', f"/api/v1/public/reports/{quote(str(receipt), safe='')}"))

    def get_patrol_file(self, *, plan_id: str, format: Literal['plan', 'waypoints', 'kml', 'geojson', 'kmz', 'svg'] | None = None) -> Any:
        """The plan as a file. `plan` keeps the rules that it was held to, and whoever uploads it is held to them; the other GET /api/v1/patrols/plans/{plan_id}/file"""
        return self.call('GET', f"/api/v1/patrols/plans/{quote(str(plan_id), safe='')}/file", query={'format': format})

    def get_patrol_flight(self, *, flight_id: str) -> Flight:
        """Get Patrol Flight GET /api/v1/patrols/flights/{flight_id}"""
        return cast('Flight', self.call('GET', f"/api/v1/patrols/flights/{quote(str(flight_id), safe='')}"))

    def get_patrol_map(self, *, plan_id: str) -> bytes:
        """The plan as GeoJSON, for a map. GET /api/v1/patrols/plans/{plan_id}/map"""
        return cast('bytes', self.call('GET', f"/api/v1/patrols/plans/{quote(str(plan_id), safe='')}/map"))

    def get_patrol_plan(self, *, plan_id: str) -> Plan:
        """Get Patrol Plan GET /api/v1/patrols/plans/{plan_id}"""
        return cast('Plan', self.call('GET', f"/api/v1/patrols/plans/{quote(str(plan_id), safe='')}"))

    def health(self) -> Health:
        """Whether the process answers. It says nothing about the database: to start the server again heals no database. GET /healthz"""
        return cast('Health', self.call('GET', '/healthz'))

    def import_roster(self, *, content: bytes, dry_run: bool | None = None, cursor: str | None = None, if_match: str | None = None) -> Written:
        """Lines of CSV or XLSX with the columns unit, shift, username, and date or days. They stand instead of what the PUT /api/v1/town/roster"""
        return cast('Written', self.call('PUT', '/api/v1/town/roster', query={'dry_run': dry_run, 'cursor': cursor}, headers={'if-match': if_match}, content=content, media_type='application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'))

    def import_town(self, *, content: bytes, datum: Literal['WGS-84', 'CGCS2000', 'GCJ-02'] | None = None, accept: list[FaultKind] | None = None, dry_run: bool | None = None, cursor: str | None = None, if_match: str | None = None) -> ImportedOut:
        """Units from GeoJSON, CSV or XLSX instead of those imported before. 422 names every fault, PUT /api/v1/town/units"""
        return cast('ImportedOut', self.call('PUT', '/api/v1/town/units', query={'datum': datum, 'accept': accept, 'dry_run': dry_run, 'cursor': cursor}, headers={'if-match': if_match}, content=content, media_type='application/geo+json'))

    def keep_patrol_plan(self, *, body: PlanBody) -> Plan:
        """Keep a plan of whatever program. One that breaks a rule is refused: `errors` names each, with its place; here and POST /api/v1/patrols/plans"""
        return cast('Plan', self.call('POST', '/api/v1/patrols/plans', body=body))

    def keep_ticket(self, *, ticket_id: str, if_match: str | None = None, body: CommandBody | None = None) -> Ticket:
        """Still at it: renews the acceptance. POST /api/v1/tickets/{ticket_id}/keep"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/keep", headers={'if-match': if_match}, body=body))

    def list_accounts(self, *, cursor: str | None = None, limit: int | None = None) -> Accounts:
        """The newest first. An auditor of some units: those with one of them. GET /api/v1/accounts"""
        return cast('Accounts', self.call('GET', '/api/v1/accounts', query={'cursor': cursor, 'limit': limit}))

    def list_camera_troubles(self, *, camera: str | None = None, open: bool | None = None, limit: int | None = None, cursor: str | None = None) -> CameraTroubles:
        """Newest first. `open` true: those that hold now; false: those that are over. GET /api/v1/camera-troubles"""
        return cast('CameraTroubles', self.call('GET', '/api/v1/camera-troubles', query={'camera': camera, 'open': open, 'limit': limit, 'cursor': cursor}))

    def list_camera_views(self, *, camera: str, limit: int | None = None, cursor: str | None = None) -> EvidenceViews:
        """Who opened a camera's live pictures, or was given the one that its suggestion was made on; of a camera that the GET /api/v1/cameras/{camera}/views"""
        return cast('EvidenceViews', self.call('GET', f"/api/v1/cameras/{quote(str(camera), safe='')}/views", query={'limit': limit, 'cursor': cursor}))

    def list_cameras(self, *, limit: int | None = None, cursor: str | None = None) -> Cameras:
        """In the order of the site. GET /api/v1/cameras"""
        return cast('Cameras', self.call('GET', '/api/v1/cameras', query={'limit': limit, 'cursor': cursor}))

    def list_channels(self) -> ChannelStates:
        """All channels, with how many deliveries that the caller may see stand how. GET /api/v1/notify/channels"""
        return cast('ChannelStates', self.call('GET', '/api/v1/notify/channels'))

    def list_clips(self, *, hazard_id: str) -> SealedClips:
        """What clips there are of a hazard, not what is in them. GET /api/v1/hazards/{hazard_id}/clips"""
        return cast('SealedClips', self.call('GET', f"/api/v1/hazards/{quote(str(hazard_id), safe='')}/clips"))

    def list_colours(self, *, level: Level | None = None, under: str | None = None, limit: int | None = None, cursor: str | None = None) -> Colours:
        """Red, orange, yellow or blue for each unit, each with what makes it so. The rule is in the town's settings. GET /api/v1/colours"""
        return cast('Colours', self.call('GET', '/api/v1/colours', query={'level': level, 'under': under, 'limit': limit, 'cursor': cursor}))

    def list_deliveries(self, *, state: DeliveryState | None = None, channel: str | None = None, limit: int | None = None, cursor: str | None = None) -> Deliveries:
        """Newest first. `state=dead`: those that a person has to look at. GET /api/v1/notify/deliveries"""
        return cast('Deliveries', self.call('GET', '/api/v1/notify/deliveries', query={'state': state, 'channel': channel, 'limit': limit, 'cursor': cursor}))

    def list_departments(self) -> Departments:
        """Those that units can whistle for: all at once, since they are written all at once, and 1,000 at most. GET /api/v1/town/departments"""
        return cast('Departments', self.call('GET', '/api/v1/town/departments'))

    def list_evidence_views(self, *, evidence_id: str, limit: int | None = None, cursor: str | None = None) -> EvidenceViews:
        """Who was given a picture, and when; of a deleted one, for who sees the whole site. GET /api/v1/evidence/{evidence_id}/views"""
        return cast('EvidenceViews', self.call('GET', f"/api/v1/evidence/{quote(str(evidence_id), safe='')}/views", query={'limit': limit, 'cursor': cursor}))

    def list_false_alarms(self, *, since: str | None = None, limit: int | None = None, cursor: str | None = None) -> ReportedPage:
        """Newest first; not those that the command centre sent back as real. GET /api/v1/false-alarms"""
        return cast('ReportedPage', self.call('GET', '/api/v1/false-alarms', query={'since': since, 'limit': limit, 'cursor': cursor}))

    def list_faults(self, *, limit: int | None = None, cursor: str | None = None) -> FaultsOut:
        """Gaps, overlaps and what lies outside its parent, among the imported units as they are stored. The ETag is that of GET /api/v1/town/faults"""
        return cast('FaultsOut', self.call('GET', '/api/v1/town/faults', query={'limit': limit, 'cursor': cursor}))

    def list_hazards(self, *, state: HazardState | None = None, sightings: bool | None = None, limit: int | None = None, cursor: str | None = None) -> Hazards:
        """Newest first; each thing once, with all its sightings. Poll with If-None-Match. GET /api/v1/hazards"""
        return cast('Hazards', self.call('GET', '/api/v1/hazards', query={'state': state, 'sightings': sightings, 'limit': limit, 'cursor': cursor}))

    def list_kinds(self) -> Kinds:
        """What can be reported: also what no detector knows. GET /api/v1/reports/kinds"""
        return cast('Kinds', self.call('GET', '/api/v1/reports/kinds'))

    def list_ledger_lines(self, *, week: str | None = None, under: str | None = None, limit: int | None = None, cursor: str | None = None) -> Lines:
        """The hazards that were there in the week, the newest first. GET /api/v1/ledger/lines"""
        return cast('Lines', self.call('GET', '/api/v1/ledger/lines', query={'week': week, 'under': under, 'limit': limit, 'cursor': cursor}))

    def list_merges(self, *, hazard_id: str) -> Merges:
        """Every merge that this hazard and its sightings were part of, with its reason; undone ones too. Oldest first. GET /api/v1/hazards/{hazard_id}/merges"""
        return cast('Merges', self.call('GET', f"/api/v1/hazards/{quote(str(hazard_id), safe='')}/merges"))

    def list_mutes(self, *, past: bool | None = None, limit: int | None = None, cursor: str | None = None) -> Mutes:
        """Those that hold now or will, over the caller's part of the town; newest first. GET /api/v1/mutes"""
        return cast('Mutes', self.call('GET', '/api/v1/mutes', query={'past': past, 'limit': limit, 'cursor': cursor}))

    def list_nearby(self, *, hazard_id: str) -> NearbyHazards:
        """What it may be the same as, the likeliest first: open ones, and those of the last 30 days. GET /api/v1/hazards/{hazard_id}/nearby"""
        return cast('NearbyHazards', self.call('GET', f"/api/v1/hazards/{quote(str(hazard_id), safe='')}/nearby"))

    def list_openings(self, *, event_id: str, limit: int | None = None, cursor: str | None = None) -> Openings:
        """Who opened a clip, when and why. GET /api/v1/clips/{event_id}/openings"""
        return cast('Openings', self.call('GET', f"/api/v1/clips/{quote(str(event_id), safe='')}/openings", query={'limit': limit, 'cursor': cursor}))

    def list_own_sessions(self) -> Sessions:
        """Where I am signed in. GET /api/v1/session/all"""
        return cast('Sessions', self.call('GET', '/api/v1/session/all'))

    def list_patrol_flights(self, *, limit: int | None = None, cursor: str | None = None) -> Flights:
        """Newest first, each with its checklist and every decision. GET /api/v1/patrols/flights"""
        return cast('Flights', self.call('GET', '/api/v1/patrols/flights', query={'limit': limit, 'cursor': cursor}))

    def list_patrol_occurrences(self, *, start: str | None = None, days: int | None = None, limit: int | None = None, cursor: str | None = None) -> Calendar:
        """When the schedules come, in order of time, and with each what cannot be flown beside it. GET /api/v1/patrols/calendar"""
        return cast('Calendar', self.call('GET', '/api/v1/patrols/calendar', query={'start': start, 'days': days, 'limit': limit, 'cursor': cursor}))

    def list_patrol_plans(self, *, limit: int | None = None, cursor: str | None = None) -> Plans:
        """Newest first. GET /api/v1/patrols/plans"""
        return cast('Plans', self.call('GET', '/api/v1/patrols/plans', query={'limit': limit, 'cursor': cursor}))

    def list_patrol_schedules(self, *, limit: int | None = None, cursor: str | None = None) -> Schedules:
        """Those that have not ended, newest first. GET /api/v1/patrols/schedules"""
        return cast('Schedules', self.call('GET', '/api/v1/patrols/schedules', query={'limit': limit, 'cursor': cursor}))

    def list_pictures(self, *, hazard_id: str) -> Pictures:
        """Every picture of it and its sightings, oldest first: as raised, as seen again, as reported, as closed. GET /api/v1/hazards/{hazard_id}/pictures"""
        return cast('Pictures', self.call('GET', f"/api/v1/hazards/{quote(str(hazard_id), safe='')}/pictures"))

    def list_report_points(self, *, limit: int | None = None, cursor: str | None = None) -> Points:
        """The oldest first. GET /api/v1/report-points"""
        return cast('Points', self.call('GET', '/api/v1/report-points', query={'limit': limit, 'cursor': cursor}))

    def list_reports(self, *, since: str | None = None, limit: int | None = None, cursor: str | None = None) -> Reports:
        """What people reported, newest first. Who a resident was, nobody knows. GET /api/v1/reports"""
        return cast('Reports', self.call('GET', '/api/v1/reports', query={'since': since, 'limit': limit, 'cursor': cursor}))

    def list_sessions_of_account(self, *, username: str) -> Sessions:
        """Where an account is signed in; when it is used is not kept. GET /api/v1/accounts/{username}/sessions"""
        return cast('Sessions', self.call('GET', f"/api/v1/accounts/{quote(str(username), safe='')}/sessions"))

    def list_suggestions(self, *, limit: int | None = None, cursor: str | None = None) -> Suggestions:
        """The cameras for which zones wait to be decided upon, in the order of the site. GET /api/v1/suggestions"""
        return cast('Suggestions', self.call('GET', '/api/v1/suggestions', query={'limit': limit, 'cursor': cursor}))

    def list_tickets(self, *, state: list[TicketState] | None = None, limit: int | None = None, cursor: str | None = None) -> Tickets:
        """Newest first. Poll with If-None-Match. GET /api/v1/tickets"""
        return cast('Tickets', self.call('GET', '/api/v1/tickets', query={'state': state, 'limit': limit, 'cursor': cursor}))

    def list_tokens(self, *, limit: int | None = None, cursor: str | None = None) -> Tokens:
        """All that were ever made, without their secrets, the newest first. An auditor of some units: those of them. GET /api/v1/tokens"""
        return cast('Tokens', self.call('GET', '/api/v1/tokens', query={'limit': limit, 'cursor': cursor}))

    def list_units(self, *, level: Level | None = None, parent: str | None = None, limit: int | None = None, cursor: str | None = None) -> Units:
        """In the order of their import. The ETag stands for all of them, whichever page this is. GET /api/v1/town/units"""
        return cast('Units', self.call('GET', '/api/v1/town/units', query={'level': level, 'parent': parent, 'limit': limit, 'cursor': cursor}))

    def list_ways(self) -> Ways:
        """How one can sign in here. Anybody may ask: the sign-in form does. GET /api/v1/session/ways"""
        return cast('Ways', self.call('GET', '/api/v1/session/ways'))

    def list_whistles(self, *, state: list[WhistleState] | None = None, ticket: str | None = None, ticket_open: bool | None = None, limit: int | None = None, cursor: str | None = None) -> Whistles:
        """Newest first. A department sees those that call it. GET /api/v1/whistles"""
        return cast('Whistles', self.call('GET', '/api/v1/whistles', query={'state': state, 'ticket': ticket, 'ticket_open': ticket_open, 'limit': limit, 'cursor': cursor}))

    def make_mute(self, *, body: MuteBody) -> Mute:
        """From then on what machines raise there is kept, and gets its ticket when the window ends, if it is there still. POST /api/v1/mutes"""
        return cast('Mute', self.call('POST', '/api/v1/mutes', body=body))

    def make_open311_request(self, *, form: Format, content: bytes | None = None) -> Any:
        """`service_code` with `lat` and `long`, WGS-84; `description`, `address_string` and a photo as `media`. Names, mail POST /open311/v2/requests.{form}"""
        return self.call('POST', f"/open311/v2/requests.{quote(str(form), safe='')}", content=content, media_type='application/x-www-form-urlencoded')

    def make_patrol_schedule(self, *, body: ScheduleBody) -> Schedule:
        """A plan flown again and again. It starts nothing by itself: each time a person does. POST /api/v1/patrols/schedules"""
        return cast('Schedule', self.call('POST', '/api/v1/patrols/schedules', body=body))

    def make_public_report(self, *, body: PublicReportIn) -> Receipt:
        """A resident's report. The command centre looks at it first, unless it is known there already. POST /api/v1/public/reports"""
        return cast('Receipt', self.call('POST', '/api/v1/public/reports', body=body))

    def make_report(self, *, body: ReportIn) -> Report:
        """A hazard seen on foot: a ticket, or one sighting more of what is known there already. POST /api/v1/reports"""
        return cast('Report', self.call('POST', '/api/v1/reports', body=body))

    def make_report_point(self, *, body: PointIn) -> Point:
        """A place to report from, with a code of its own that cannot be guessed. POST /api/v1/report-points"""
        return cast('Point', self.call('POST', '/api/v1/report-points', body=body))

    def merge_hazard(self, *, hazard_id: str, body: MergeBody) -> Hazard:
        """Say that it is the same thing as `into`. Nothing is lost: it becomes a sighting, and can be split off again. POST /api/v1/hazards/{hazard_id}/merge"""
        return cast('Hazard', self.call('POST', f"/api/v1/hazards/{quote(str(hazard_id), safe='')}/merge", body=body))

    def metrics(self) -> None:
        """The server's figures as Prometheus text (see docs/metrics.md). Always with a token, from this machine too: what GET /metrics"""
        self.call('GET', '/metrics')

    def open311_discovery(self, *, form: Format) -> Any:
        """Open311 Discovery GET /open311/v2/discovery.{form}"""
        return self.call('GET', f"/open311/v2/discovery.{quote(str(form), safe='')}")

    def open311_request(self, *, request_id: str, form: Format) -> Any:
        """Open311 Request GET /open311/v2/requests/{request_id}.{form}"""
        return self.call('GET', f"/open311/v2/requests/{quote(str(request_id), safe='')}.{quote(str(form), safe='')}")

    def open311_requests(self, *, form: Format, api_key: str | None = None, service_request_id: str | None = None, service_code: str | None = None, status: str | None = None, start_date: str | None = None, end_date: str | None = None, page: str | None = None, page_size: str | None = None) -> Any:
        """The newest first. GET /open311/v2/requests.{form}"""
        return self.call('GET', f"/open311/v2/requests.{quote(str(form), safe='')}", query={'api_key': api_key, 'service_request_id': service_request_id, 'service_code': service_code, 'status': status, 'start_date': start_date, 'end_date': end_date, 'page': page, 'page_size': page_size})

    def open311_service(self, *, code: str, form: Format) -> Any:
        """Open311 Service GET /open311/v2/services/{code}.{form}"""
        return self.call('GET', f"/open311/v2/services/{quote(str(code), safe='')}.{quote(str(form), safe='')}")

    def open311_services(self, *, form: Format) -> Any:
        """Open311 Services GET /open311/v2/services.{form}"""
        return self.call('GET', f"/open311/v2/services.{quote(str(form), safe='')}")

    def open_clip(self, *, event_id: str, body: OpenBody) -> bytes:
        """The unredacted original, in answer to a written reason. Every opening goes into the audit trail first. POST /api/v1/clips/{event_id}/open"""
        return cast('bytes', self.call('POST', f"/api/v1/clips/{quote(str(event_id), safe='')}/open", body=body))

    def plan_follow_up(self, *, body: FollowUpBody) -> Plans:
        """Plan looks at the places of tickets that are open, overdue or waiting for verification. POST /api/v1/patrols/plans/follow-up"""
        return cast('Plans', self.call('POST', '/api/v1/patrols/plans/follow-up', body=body))

    def plan_patrol_along_line(self, *, body: CorridorBody) -> Plans:
        """Plan along a line, the camera across it: front walls and the wires on them. POST /api/v1/patrols/plans/corridor"""
        return cast('Plans', self.call('POST', '/api/v1/patrols/plans/corridor', body=body))

    def plan_patrol_over_area(self, *, body: AreaBody) -> Plans:
        """Plan back and forth over `rules.area`: one plan for each battery of each drone. POST /api/v1/patrols/plans/area"""
        return cast('Plans', self.call('POST', '/api/v1/patrols/plans/area', body=body))

    def plan_patrol_round_area(self, *, body: PerimeterBody) -> Plans:
        """Plan once round `rules.area`, inside its edge. POST /api/v1/patrols/plans/perimeter"""
        return cast('Plans', self.call('POST', '/api/v1/patrols/plans/perimeter', body=body))

    def plan_patrol_to_places(self, *, body: PlacesBody) -> Plans:
        """Plan a look at each of some places, or a circle round each. POST /api/v1/patrols/plans/places"""
        return cast('Plans', self.call('POST', '/api/v1/patrols/plans/places', body=body))

    def post_events(self, *, body: EventsIn) -> EventsTaken:
        """Idempotent by `event_id`; all of a request or, where one is malformed, none. Send again until answered 200. POST /api/v1/events"""
        return cast('EventsTaken', self.call('POST', '/api/v1/events', body=body))

    def post_looks(self, *, body: LooksIn) -> LooksTaken:
        """Looks that were asked for with the status. Sent again they count once; of what nobody asks any more, none do. POST /api/v1/worker/looks"""
        return cast('LooksTaken', self.call('POST', '/api/v1/worker/looks', body=body))

    def post_suggestion(self, *, camera: str, body: SuggestionIn) -> None:
        """Propose zones, in place of what was proposed for this camera before. Nothing takes effect by it. POST /api/v1/cameras/{camera}/suggestion"""
        self.call('POST', f"/api/v1/cameras/{quote(str(camera), safe='')}/suggestion", body=body)

    def prepare_patrol_flight(self, *, body: FlightBody) -> Flight:
        """Put a plan on a vehicle's list: nothing moves yet. POST /api/v1/patrols/flights"""
        return cast('Flight', self.call('POST', '/api/v1/patrols/flights', body=body))

    def propose_report(self, *, body: ProposalIn) -> ProposalOut:
        """What the detectors make of a photo, where it lies, and what is known there already. Nothing is kept. POST /api/v1/reports/proposal"""
        return cast('ProposalOut', self.call('POST', '/api/v1/reports/proposal', body=body))

    def put_clip(self, *, event_id: str, content: bytes) -> None:
        """Seal an event's clip: an MP4 of at most 128 MiB, after its event. Idempotent: the first one stays. PUT /api/v1/worker/events/{event_id}/clip"""
        self.call('PUT', f"/api/v1/worker/events/{quote(str(event_id), safe='')}/clip", content=content, media_type='video/mp4')

    def put_still(self, *, event_id: str, content: bytes) -> None:
        """A better picture of an event in place of the one that came with it, heads already unrecognisable. Idempotent. PUT /api/v1/worker/events/{event_id}/still"""
        self.call('PUT', f"/api/v1/worker/events/{quote(str(event_id), safe='')}/still", content=content, media_type='image/jpeg')

    def put_tile(self, *, camera: str, x_captured_at: str, content: bytes, x_boxes: str | None = None) -> None:
        """The newest picture of a camera, redacted; only the newest is kept, in memory. PUT /api/v1/worker/tiles/{camera}"""
        self.call('PUT', f"/api/v1/worker/tiles/{quote(str(camera), safe='')}", headers={'x-captured-at': x_captured_at, 'x-boxes': x_boxes}, content=content, media_type='image/jpeg')

    def read_account(self, *, username: str) -> AccountOut:
        """Read Account GET /api/v1/accounts/{username}"""
        return cast('AccountOut', self.call('GET', f"/api/v1/accounts/{quote(str(username), safe='')}"))

    def read_colour_map(self, *, level: Level | None = None, under: str | None = None) -> ColourMap:
        """The same as GeoJSON, simplified for a screen. Poll with If-None-Match. GET /api/v1/colours/map"""
        return cast('ColourMap', self.call('GET', '/api/v1/colours/map', query={'level': level, 'under': under}))

    def read_contacts(self, *, recipient: str) -> Contacts:
        """One's own; an administrator everybody's. GET /api/v1/notify/contacts/{recipient}"""
        return cast('Contacts', self.call('GET', f"/api/v1/notify/contacts/{quote(str(recipient), safe='')}"))

    def read_duty(self, *, unit_id: str, at: str | None = None) -> Duty:
        """Who is on duty in a unit. GET /api/v1/town/units/{unit_id}/duty"""
        return cast('Duty', self.call('GET', f"/api/v1/town/units/{quote(str(unit_id), safe='')}/duty", query={'at': at}))

    def read_hazard(self, *, hazard_id: str) -> Hazard:
        """Read Hazard GET /api/v1/hazards/{hazard_id}"""
        return cast('Hazard', self.call('GET', f"/api/v1/hazards/{quote(str(hazard_id), safe='')}"))

    def read_ledger(self, *, week: str | None = None, level: Level | None = None, under: str | None = None, limit: int | None = None, cursor: str | None = None) -> LedgerOut:
        """周周清: found, cleared, overdue and re-found, of each unit in a week. GET /api/v1/ledger"""
        return cast('LedgerOut', self.call('GET', '/api/v1/ledger', query={'week': week, 'level': level, 'under': under, 'limit': limit, 'cursor': cursor}))

    def read_loop(self, *, by: By | None = None, level: Level | None = None, since: str | None = None, until: str | None = None, limit: int | None = None, cursor: str | None = None) -> LoopOut:
        """The five-minute loop: from dispatch to somebody at work on the spot, of tickets dispatched in the time. Give GET /api/v1/ledger/loop"""
        return cast('LoopOut', self.call('GET', '/api/v1/ledger/loop', query={'by': by, 'level': level, 'since': since, 'until': until, 'limit': limit, 'cursor': cursor}))

    def read_place(self, *, lon: float, lat: float, datum: Literal['WGS-84', 'CGCS2000', 'GCJ-02'], radius_m: float | None = None) -> PlaceOut:
        """The unit that a point lies in, of those that the caller may see, and the others that it may lie in. GET /api/v1/town/at"""
        return cast('PlaceOut', self.call('GET', '/api/v1/town/at', query={'lon': lon, 'lat': lat, 'datum': datum, 'radius_m': radius_m}))

    def read_public_point(self, *, point_id: str) -> PublicPoint:
        """What the page behind a code shows. GET /api/v1/public/report-points/{point_id}"""
        return cast('PublicPoint', self.call('GET', f"/api/v1/public/report-points/{quote(str(point_id), safe='')}"))

    def read_report(self, *, report_id: str) -> Report:
        """Read Report GET /api/v1/reports/{report_id}"""
        return cast('Report', self.call('GET', f"/api/v1/reports/{quote(str(report_id), safe='')}"))

    def read_roster(self, *, unit_id: str) -> Roster:
        """Read Roster GET /api/v1/town/units/{unit_id}/roster"""
        return cast('Roster', self.call('GET', f"/api/v1/town/units/{quote(str(unit_id), safe='')}/roster"))

    def read_site(self) -> SiteForPeople:
        """Read Site GET /api/v1/site"""
        return cast('SiteForPeople', self.call('GET', '/api/v1/site'))

    def read_suggestion(self, *, camera: str) -> SuggestionOut:
        """Read Suggestion GET /api/v1/cameras/{camera}/suggestion"""
        return cast('SuggestionOut', self.call('GET', f"/api/v1/cameras/{quote(str(camera), safe='')}/suggestion"))

    def read_team(self, *, unit_id: str) -> Team:
        """Read Team GET /api/v1/town/units/{unit_id}/team"""
        return cast('Team', self.call('GET', f"/api/v1/town/units/{quote(str(unit_id), safe='')}/team"))

    def read_ticket(self, *, ticket_id: str) -> Ticket:
        """Read Ticket GET /api/v1/tickets/{ticket_id}"""
        return cast('Ticket', self.call('GET', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}"))

    def read_town_settings(self) -> TownSettings:
        """Shifts and calendars. GET /api/v1/town/settings"""
        return cast('TownSettings', self.call('GET', '/api/v1/town/settings'))

    def read_unit(self, *, unit_id: str) -> UnitOut:
        """Read Unit GET /api/v1/town/units/{unit_id}"""
        return cast('UnitOut', self.call('GET', f"/api/v1/town/units/{quote(str(unit_id), safe='')}"))

    def readiness(self) -> Readiness:
        """Whether requests can be served: a proxy sends none here while this answers 503. GET /readyz"""
        return cast('Readiness', self.call('GET', '/readyz'))

    def refuse_whistle(self, *, whistle_id: str, body: CommandBody | None = None) -> Whistle:
        """The department does not come, and says why: the ticket goes to the level above. POST /api/v1/whistles/{whistle_id}/refuse"""
        return cast('Whistle', self.call('POST', f"/api/v1/whistles/{quote(str(whistle_id), safe='')}/refuse", body=body))

    def register_ticket(self, *, ticket_id: str, if_match: str | None = None, body: CommandBody | None = None) -> Ticket:
        """Take a report as a case: received → registered, and on to whoever is on duty. POST /api/v1/tickets/{ticket_id}/register"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/register", headers={'if-match': if_match}, body=body))

    def reject_ticket(self, *, ticket_id: str, if_match: str | None = None, body: CommandBody | None = None) -> Ticket:
        """Make no case of a report: received → rejected, with a note that says why. POST /api/v1/tickets/{ticket_id}/reject"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/reject", headers={'if-match': if_match}, body=body))

    def remove_second_factor(self, *, body: CodeRequest) -> None:
        """Take it away, with a code of it. POST /api/v1/session/second-factor/remove"""
        self.call('POST', '/api/v1/session/second-factor/remove', body=body)

    def renew_recovery_codes(self, *, body: CodeRequest) -> RecoveryCodes:
        """New recovery codes; the earlier ones stop working. POST /api/v1/session/second-factor/recovery-codes"""
        return cast('RecoveryCodes', self.call('POST', '/api/v1/session/second-factor/recovery-codes', body=body))

    def report_false_alarm(self, *, ticket_id: str, body: FalseAlarmBody, if_match: str | None = None) -> Ticket:
        """Say that there is nothing to settle, and why: → verifying. The command centre judges. POST /api/v1/tickets/{ticket_id}/false-alarm"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/false-alarm", headers={'if-match': if_match}, body=body))

    def report_for_whistle(self, *, whistle_id: str, body: CommandBody | None = None) -> Whistle:
        """报到: the department comes. From now on it may accept and settle the ticket. POST /api/v1/whistles/{whistle_id}/report"""
        return cast('Whistle', self.call('POST', f"/api/v1/whistles/{quote(str(whistle_id), safe='')}/report", body=body))

    def report_point_code(self, *, point_id: str) -> bytes:
        """The QR code, to be printed and put up. GET /api/v1/report-points/{point_id}/code.svg"""
        return cast('bytes', self.call('GET', f"/api/v1/report-points/{quote(str(point_id), safe='')}/code.svg"))

    def resend_delivery(self, *, delivery_id: int) -> Delivery:
        """Send a dead one again, at once. One that waits is answered as it is; one that was sent is refused. POST /api/v1/notify/deliveries/{delivery_id}/resend"""
        return cast('Delivery', self.call('POST', f"/api/v1/notify/deliveries/{quote(str(delivery_id), safe='')}/resend"))

    def reset_account_password(self, *, username: str) -> PasswordMade:
        """A new generated password, shown this once. Ends the account's sessions. POST /api/v1/accounts/{username}/reset-password"""
        return cast('PasswordMade', self.call('POST', f"/api/v1/accounts/{quote(str(username), safe='')}/reset-password"))

    def resume_ticket(self, *, ticket_id: str, if_match: str | None = None, body: CommandBody | None = None) -> Ticket:
        """End a suspension early: the clocks go on with what they had left, and whoever is on duty gets it. POST /api/v1/tickets/{ticket_id}/resume"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/resume", headers={'if-match': if_match}, body=body))

    def retire_report_point(self, *, point_id: str) -> Point:
        """Nothing more is taken from there; what was reported stays. Done twice, it is done. DELETE /api/v1/report-points/{point_id}"""
        return cast('Point', self.call('DELETE', f"/api/v1/report-points/{quote(str(point_id), safe='')}"))

    def return_ticket(self, *, ticket_id: str, if_match: str | None = None, body: CommandBody | None = None) -> Ticket:
        """Send back what is not done: verifying → returned, with a note. The clock to respond runs anew. POST /api/v1/tickets/{ticket_id}/return"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/return", headers={'if-match': if_match}, body=body))

    def revoke_token(self, *, token_id: int) -> None:
        """It stops working within 5 s. Again: nothing more happens. DELETE /api/v1/tokens/{token_id}"""
        self.call('DELETE', f"/api/v1/tokens/{quote(str(token_id), safe='')}")

    def say_what_is_seen(self, *, hazard_id: str, body: SeenBody) -> Hazard:
        """A colleague's word on what is said to be done, where no camera can look: gone closes it, there sends it back. POST /api/v1/hazards/{hazard_id}/seen"""
        return cast('Hazard', self.call('POST', f"/api/v1/hazards/{quote(str(hazard_id), safe='')}/seen", body=body))

    def set_contacts(self, *, recipient: str, body: Contacts, if_match: str | None = None) -> Contacts:
        """Make somebody's addresses these. Needs If-Match. PUT /api/v1/notify/contacts/{recipient}"""
        return cast('Contacts', self.call('PUT', f"/api/v1/notify/contacts/{quote(str(recipient), safe='')}", headers={'if-match': if_match}, body=body))

    def show_second_factor(self) -> SecondFactorState:
        """Show Second Factor GET /api/v1/session/second-factor"""
        return cast('SecondFactorState', self.call('GET', '/api/v1/session/second-factor'))

    def sign_in(self, *, body: SignInRequest) -> SignedIn:
        """Start a session. Anybody may try; failures are counted. POST /api/v1/session"""
        return cast('SignedIn', self.call('POST', '/api/v1/session', body=body))

    def sign_in_elsewhere(self) -> None:
        """Send the visitor to the town's identity provider. GET /api/v1/session/elsewhere"""
        self.call('GET', '/api/v1/session/elsewhere')

    def sign_out(self) -> None:
        """End this browser's session; without one, nothing is done. DELETE /api/v1/session"""
        self.call('DELETE', '/api/v1/session')

    def split_hazard(self, *, hazard_id: str, body: SplitBody) -> Hazard:
        """Take a sighting out of what it was merged into: it is a hazard of its own, with a ticket, and stays so. POST /api/v1/hazards/{hazard_id}/split"""
        return cast('Hazard', self.call('POST', f"/api/v1/hazards/{quote(str(hazard_id), safe='')}/split", body=body))

    def stream_changes(self) -> bytes:
        """Server-sent events ``hazard``, ``ticket`` and ``camera`` with the id of what changed, for the page to fetch. GET /api/v1/stream"""
        return cast('bytes', self.call('GET', '/api/v1/stream'))

    def suggestion_picture(self, *, camera: str, of: str | None = None) -> bytes:
        """The camera's picture when the suggestion was made, heads made unrecognisable. Who was given it is recorded. GET /api/v1/cameras/{camera}/suggestion/picture.jpg"""
        return cast('bytes', self.call('GET', f"/api/v1/cameras/{quote(str(camera), safe='')}/suggestion/picture.jpg", query={'of': of}))

    def suspend_ticket(self, *, ticket_id: str, body: SuspendBody, if_match: str | None = None) -> Ticket:
        """Both clocks stand still until a time that is said now, with a note that says why. POST /api/v1/tickets/{ticket_id}/suspend"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/suspend", headers={'if-match': if_match}, body=body))

    def take_away_delivery(self, *, delivery_id: int) -> None:
        """Take away a dead one that nobody needs any more; by itself none goes. It stays on record who did. DELETE /api/v1/notify/deliveries/{delivery_id}"""
        self.call('DELETE', f"/api/v1/notify/deliveries/{quote(str(delivery_id), safe='')}")

    def take_second_factor_away(self, *, username: str) -> None:
        """For who has lost both the phone and the recovery codes. Ends the account's sessions. DELETE /api/v1/accounts/{username}/second-factor"""
        self.call('DELETE', f"/api/v1/accounts/{quote(str(username), safe='')}/second-factor")

    def tell_patrol_progress(self, *, flight_id: str, body: ProgressBody) -> Flight:
        """Say how far it is, for those who watch: whoever holds the link does, every few seconds. It decides nothing. POST /api/v1/patrols/flights/{flight_id}/progress"""
        return cast('Flight', self.call('POST', f"/api/v1/patrols/flights/{quote(str(flight_id), safe='')}/progress", body=body))

    def test_channel(self, *, channel: str) -> Any:
        """Send a test by this channel, whatever it hears of and at any hour; its deliveries show what came of it. POST /api/v1/notify/channels/{channel}/test"""
        return self.call('POST', f"/api/v1/notify/channels/{quote(str(channel), safe='')}/test")

    def unlock_account(self, *, username: str) -> None:
        """End the lock that failed sign-ins put on the name. POST /api/v1/accounts/{username}/unlock"""
        self.call('POST', f"/api/v1/accounts/{quote(str(username), safe='')}/unlock")

    def void_ticket(self, *, ticket_id: str, if_match: str | None = None, body: CommandBody | None = None) -> Ticket:
        """It should never have been: any open state → voided, with a note that says why. POST /api/v1/tickets/{ticket_id}/void"""
        return cast('Ticket', self.call('POST', f"/api/v1/tickets/{quote(str(ticket_id), safe='')}/void", headers={'if-match': if_match}, body=body))

    def who_am_i(self) -> User:
        """Who Am I GET /api/v1/session"""
        return cast('User', self.call('GET', '/api/v1/session'))

    def worker_site(self) -> WorkerSite:
        """Cameras with their full URLs, zones and grids. Poll with If-None-Match: 304 until the site changes. GET /api/v1/worker/site"""
        return cast('WorkerSite', self.call('GET', '/api/v1/worker/site'))

    def worker_status(self, *, body: WorkerStatus) -> LookedAt:
        """Say every 2 s how the cameras are; learn which of them somebody looks at. POST /api/v1/worker/status"""
        return cast('LookedAt', self.call('POST', '/api/v1/worker/status', body=body))

    def write_departments(self, *, body: Departments, cursor: str | None = None, if_match: str | None = None) -> Written:
        """Make the town's departments these. Needs If-Match. PUT /api/v1/town/departments"""
        return cast('Written', self.call('PUT', '/api/v1/town/departments', query={'cursor': cursor}, headers={'if-match': if_match}, body=body))

    def write_roster(self, *, unit_id: str, body: RosterIn, cursor: str | None = None, if_match: str | None = None) -> Written:
        """Make the unit's roster this. Needs If-Match. PUT /api/v1/town/units/{unit_id}/roster"""
        return cast('Written', self.call('PUT', f"/api/v1/town/units/{quote(str(unit_id), safe='')}/roster", query={'cursor': cursor}, headers={'if-match': if_match}, body=body))

    def write_team(self, *, unit_id: str, body: Team, if_match: str | None = None) -> Written:
        """1+1+N: at most one officer and one grid worker, and helpers. Needs If-Match. PUT /api/v1/town/units/{unit_id}/team"""
        return cast('Written', self.call('PUT', f"/api/v1/town/units/{quote(str(unit_id), safe='')}/team", headers={'if-match': if_match}, body=body))

    def write_town_settings(self, *, body: TownSettings, if_match: str | None = None) -> TownSettings:
        """Make the town's settings these. Needs If-Match. PUT /api/v1/town/settings"""
        return cast('TownSettings', self.call('PUT', '/api/v1/town/settings', headers={'if-match': if_match}, body=body))
