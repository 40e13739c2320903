"""DJI's wayline files: WPML in a KMZ (developer.dji.com, Cloud API, "WPML"), for Pilot 2 and the docks.

Written without payload actions, which differ by aircraft: heights above the take-off point, straight legs, return at
the end and on loss of the remote control. Waylines of others are read as their waypoints.
"""

from __future__ import annotations

import io
import math
import zipfile
import zlib
from typing import Any
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from drone.errors import BadPlan
from drone.formats.elements import all_of, text_of
from drone.keep_out import apart_m
from drone.mission import FLOWN_TO, refuse_nowhere
from drone.types import Circle, Land, Other, PatrolPlan, Return, Takeoff, Waypoint

_KML = "http://www.opengis.net/kml/2.2"
_WPML = "http://www.dji.com/wpmz/1.0.2"
_WAYLINES, _TEMPLATE = "wpmz/waylines.wpml", "wpmz/template.kml"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the same plan gives the same bytes
_LARGEST = 20_000_000
_SAME_PLACE_M = 1.0


def to_kmz(plan: PatrolPlan) -> bytes:
    """The route as DJI's KMZ.

    Raises:
        BadPlan: a plan that flies what a wayline cannot say: it would be another flight than the one that was checked.
    """
    _refuse_what_is_not_flown(plan)
    found = io.BytesIO()
    with zipfile.ZipFile(found, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in ((_TEMPLATE, _template(plan)), (_WAYLINES, _waylines(plan))):
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), text)
    return found.getvalue()


def _refuse_what_is_not_flown(plan: PatrolPlan) -> None:
    landing = next((item for item in plan.items if isinstance(item, Land)), None)
    away_m = 0.0 if landing is None else apart_m((landing.lon, landing.lat), plan.home)
    if away_m > _SAME_PLACE_M:
        raise BadPlan(
            f"{plan.name} lands {away_m:.0f} m from home, and a DJI route ends by flying straight home: plan it "
            "without a landing place of its own, or upload the .plan"
        )
    if any(isinstance(item, Circle) or (isinstance(item, Other) and item.command in FLOWN_TO) for item in plan.items):
        raise BadPlan(
            f"{plan.name} flies circles, or to places of another kind than waypoints, which a DJI route here has none "
            "of: upload the .plan"
        )


def _template(plan: PatrolPlan) -> str:
    root, document = _document(plan)
    folder = SubElement(document, "Folder")
    _say(folder, templateType="waypoint", templateId=0, autoFlightSpeed=_speed(plan))
    system = SubElement(folder, "wpml:waylineCoordinateSysParam")
    _say(system, coordinateMode="WGS84", heightMode="relativeToStartPoint")
    _say(folder, globalHeight=_height(plan))
    for number, point in enumerate(plan.waypoints):
        mark = _placemark(folder, number, point)
        _say(mark, height=point.height_above_home_m, useGlobalHeight=0, useGlobalSpeed=1, useStraightLine=1)
    return _text(root)


def _waylines(plan: PatrolPlan) -> str:
    root, document = _document(plan)
    folder = SubElement(document, "Folder")
    _say(folder, templateId=0, executeHeightMode="relativeToStartPoint", waylineId=0, autoFlightSpeed=_speed(plan))
    for number, point in enumerate(plan.waypoints):
        mark = _placemark(folder, number, point)
        _say(mark, executeHeight=point.height_above_home_m, waypointSpeed=point.speed_m_s)
        heading = SubElement(mark, "wpml:waypointHeadingParam")
        if point.yaw_deg is None:
            _say(heading, waypointHeadingMode="followWayline")
        else:
            _say(heading, waypointHeadingMode="smoothTransition", waypointHeadingAngle=_signed(point.yaw_deg))
        turn = SubElement(mark, "wpml:waypointTurnParam")
        _say(turn, waypointTurnMode="toPointAndStopWithDiscontinuityCurvature", waypointTurnDampingDist=0)
        _say(mark, useStraightLine=1)
    return _text(root)


def _document(plan: PatrolPlan) -> tuple[Element, Element]:
    root = Element("kml", {"xmlns": _KML, "xmlns:wpml": _WPML})
    document = SubElement(root, "Document")
    config = SubElement(document, "wpml:missionConfig")
    _say(
        config,
        flyToWaylineMode="safely",
        finishAction="goHome",
        exitOnRCLost="executeLostAction",
        executeRCLostAction="goBack",
        takeOffSecurityHeight=max(1.5, min(_height(plan), 1500.0)),
        globalTransitionalSpeed=_speed(plan),
    )
    return root, document


def _placemark(folder: Element, number: int, point: Waypoint) -> Element:
    mark = SubElement(folder, "Placemark")
    SubElement(SubElement(mark, "Point"), "coordinates").text = f"{point.lon:.7f},{point.lat:.7f}"
    _say(mark, index=number)
    return mark


def _say(element: Element, **values: object) -> None:
    for name, value in values.items():
        SubElement(element, f"wpml:{name}").text = f"{value:g}" if isinstance(value, float) else str(value)


def _speed(plan: PatrolPlan) -> float:
    return plan.waypoints[0].speed_m_s if plan.waypoints else 5.0


def _height(plan: PatrolPlan) -> float:
    return max((point.height_above_home_m for point in plan.waypoints), default=1.5)


def _signed(yaw_deg: float) -> float:
    return (yaw_deg + 180) % 360 - 180


def _text(root: Element) -> str:
    indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="unicode") + "\n"


def from_kmz(data: bytes, name: str = "route", home: tuple[float, float] | None = None) -> PatrolPlan:
    """The waypoints of a DJI route; take-off is at `home`, or under the first waypoint: the file does not say.

    Raises:
        BadPlan: no such file, no waypoint, or heights that are not above the take-off point.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if archive.getinfo(_WAYLINES).file_size > _LARGEST:
                raise BadPlan(f"{name}: its wayline file is larger than {_LARGEST / 1e6:.0f} MB")
            root = ElementTree.fromstring(archive.read(_WAYLINES))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, KeyError) as error:  # RuntimeError: with a password
        raise BadPlan(f"{name} is no DJI route with {_WAYLINES}: {error}") from error
    except (ElementTree.ParseError, DefusedXmlException) as error:
        raise BadPlan(f"{name} is no DJI route with {_WAYLINES}: {error}") from error
    mode = text_of(root, "executeHeightMode")
    if mode != "relativeToStartPoint":
        raise BadPlan(f"{name} has heights {mode or 'of no kind'}: relativeToStartPoint is read")
    try:
        speed = float(text_of(root, "autoFlightSpeed") or 5.0)
        points = [_waypoint(mark, speed) for mark in all_of(root, "Placemark")]
    except ValueError as error:
        raise BadPlan(f"{name}: a waypoint is damaged: {error}") from error
    if not points:
        raise BadPlan(f"{name} holds no waypoint")
    place = home or (points[0].lon, points[0].lat)
    return PatrolPlan(name, place, (Takeoff(points[0].height_above_home_m), *points, Return()))


def _waypoint(mark: Any, speed_m_s: float) -> Waypoint:
    lon, lat = (float(part) for part in text_of(mark, "coordinates").split(",")[:2])
    yaw = text_of(mark, "waypointHeadingAngle")
    fixed = text_of(mark, "waypointHeadingMode") == "smoothTransition"
    height_m, speed = float(text_of(mark, "executeHeight")), float(text_of(mark, "waypointSpeed") or speed_m_s)
    if not (math.isfinite(height_m) and math.isfinite(speed) and speed > 0):
        raise ValueError(f"it is flown to at {speed:g} m/s and {height_m:g} m")
    refuse_nowhere("a waypoint", lon, lat)
    return Waypoint(lon, lat, height_m, speed, float(yaw) % 360 if fixed and yaw else None)
