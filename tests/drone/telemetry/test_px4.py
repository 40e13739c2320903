"""PX4's logs: pyulog judges how they are read, geographiclib where the vehicle was; logs of our own writing, which
pyulog reads as well, have what the recorded one lacks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from geographiclib.geodesic import Geodesic
from pyulog import ULog

from drone.errors import BadTelemetry
from drone.telemetry import PoseTrack, Timing, read_telemetry
from drone.telemetry.track import ABOVE_HOME, AMSL, LAT, LON, PITCH, ROLL, YAW
from drone.telemetry.ulog import read_log
from tests.drone.telemetry.ulog_writer import FIELDS, Writer, flight, quaternion

UTC_S = 1_777_622_400.0  # when the written logs' clock stood at 0
NAMES = ("vehicle_gps_position", "vehicle_attitude", "vehicle_local_position", "sensor_combined", "actuator_outputs")


@pytest.fixture
def recorded(assets: Path) -> Path:
    return assets / "telemetry" / "px4_sample_small.ulg"


def of(path: Path, log: Writer) -> PoseTrack:
    path.write_bytes(log.content)
    return read_telemetry(path)


def same_as_pyulog(path: Path, names: tuple[str, ...]) -> None:
    judge, ours = ULog(str(path)), read_log(path.read_bytes(), names)
    assert {data.name for data in judge.data_list} <= ours.named
    for name in names:
        theirs, table = judge.get_dataset(name).data, ours.tables[name]
        for field in table.dtype.names or ():
            if field.startswith("_padding"):
                continue
            columns = [field] if table[field].ndim == 1 else [f"{field}[{n}]" for n in range(table[field].shape[1])]
            found = table[field].reshape(len(table), -1).T
            for column, values in zip(columns, found, strict=True):
                np.testing.assert_array_equal(values, theirs[column], err_msg=f"{name}.{column}")


def test_every_field_is_as_pyulog_reads_it(recorded: Path, tmp_path: Path) -> None:
    same_as_pyulog(recorded, NAMES)
    (tmp_path / "a.ulg").write_bytes(flight(flags=64, yaw_deg=10.0).content)
    same_as_pyulog(tmp_path / "a.ulg", tuple(FIELDS))


def test_a_recorded_flight_is_where_its_receiver_says_and_tells_no_gimbal(recorded: Path) -> None:
    found = read_telemetry(recorded)
    theirs = ULog(str(recorded)).get_dataset("vehicle_gps_position").data
    assert (len(found), found.timing, found.has_gimbal) == (len(theirs["lat"]), Timing.UTC, False)
    for row, lat, lon in zip(found.values, theirs["lat"] / 1e7, theirs["lon"] / 1e7, strict=True):
        assert Geodesic.WGS84.Inverse(row[LAT], row[LON], lat, lon)["s12"] < 1e-6
    np.testing.assert_allclose(found.values[:, AMSL], theirs["alt"] / 1e3)
    np.testing.assert_allclose(found.times_s, theirs["time_utc_usec"] / 1e6, atol=0.05)
    assert np.isnan(found.values[:, [ABOVE_HOME, YAW, PITCH, ROLL]]).all()
    told = "; ".join(found.notes)
    for words in ("no gimbal told its angles", "home was never set", "receiver's own fixes", "could not write 0.03 s"):
        assert words in told


def test_estimate_home_and_gimbal_of_a_flight(tmp_path: Path) -> None:
    found = of(tmp_path / "a.ulg", flight(flags=64, yaw_deg=10.0))
    assert found.span_s == pytest.approx((UTC_S + 20, UTC_S + 29))
    assert found.values[5] == pytest.approx([113.65, 34.7505, 170.0, 60.0, 10.0, -45.0, 0.0], abs=1e-4)
    moved = Geodesic.WGS84.Inverse(*found.values[0, [LAT, LON]], *found.values[9, [LAT, LON]])
    assert (moved["azi1"], moved["s12"]) == (pytest.approx(0, abs=1e-6), pytest.approx(99.85, abs=0.05))
    assert found.notes == ()


@pytest.mark.parametrize(
    ("flags", "expected"), [(32, 50.0), (64, 10.0), (16, 10.0), (0, 50.0)], ids=["vehicle", "earth", "lock", "follows"]
)
def test_the_yaw_is_of_the_frame_that_the_flags_name(tmp_path: Path, flags: int, expected: float) -> None:
    found = of(tmp_path / "a.ulg", flight(flags=flags, yaw_deg=10.0, nose_deg=40.0))
    assert found.values[5, [YAW, PITCH]] == pytest.approx([expected, -45.0], abs=1e-3)


def test_what_px4_makes_up_for_a_gimbal_that_tells_nothing_is_no_gimbal(tmp_path: Path) -> None:
    found = of(tmp_path / "a.ulg", flight(flags=28, yaw_deg=10.0, measured=False))
    assert not found.has_gimbal
    assert any("only where one was told to look" in note for note in found.notes)


def test_a_vehicles_frame_without_a_heading_says_nothing(tmp_path: Path) -> None:
    assert not of(tmp_path / "a.ulg", flight(flags=32, yaw_deg=10.0, nose_deg=None)).has_gimbal
    assert of(tmp_path / "b.ulg", flight(flags=64, yaw_deg=10.0, nose_deg=None)).has_gimbal


def test_what_newer_px4_calls_invalid_or_writes_in_degrees(tmp_path: Path) -> None:
    log = Writer()
    fields = "double latitude_deg;double longitude_deg;double altitude_msl_m;uint64_t time_utc_usec"
    log.format("vehicle_gps_position", f"uint64_t timestamp;{fields};int32_t timestamp_time_relative;uint8_t fix_type")
    fields = "uint64_t timestamp;double lat;double lon;float alt;bool lat_lon_valid;bool alt_valid"
    log.format("vehicle_global_position", fields)
    receiver, estimate = log.add("vehicle_gps_position"), log.add("vehicle_global_position")
    for second in range(3):
        at_us = second * 1_000_000
        utc_us = int(UTC_S * 1e6) + at_us - 250_000
        log.data(receiver, "<QdddQiB", at_us, 34.75, 113.65, 110.5, utc_us, -250_000, 3 if second else 0)
        log.data(estimate, "<Qddf??", at_us, 1.0, 2.0, 3.0, False, False)
    found = of(tmp_path / "a.ulg", log)
    assert found.span_s == (UTC_S + 1, UTC_S + 2)
    assert found.values[0, [LON, LAT, AMSL]].tolist() == [113.65, 34.75, 110.5]


def test_a_log_that_is_cut_anywhere_is_read_to_the_cut_or_refused(tmp_path: Path) -> None:
    content = flight(flags=64, yaw_deg=10.0).content
    whole, path = of(tmp_path / "a.ulg", flight(flags=64, yaw_deg=10.0)), tmp_path / "cut.ulg"
    least = 0
    for size in range(0, len(content), 7):
        path.write_bytes(content[:size])
        try:
            found = read_telemetry(path)
        except BadTelemetry as error:
            assert str(error).startswith("cut.ulg: ")  # noqa: PT017
            assert least == 0
            continue
        assert len(found) >= least
        least = len(found)
        np.testing.assert_array_equal(found.values[:, :3], whole.values[:least, :3])
    assert least == len(whole) - 1
    path.write_bytes(content[:-3])
    assert "cut off in the middle" in read_telemetry(path).notes[0]


def test_bytes_that_are_damaged_cost_what_stands_beside_them(tmp_path: Path) -> None:
    log = flight(flags=64, yaw_deg=10.0)
    content = bytearray(log.content)
    content[log.marks[4] + 11 : log.marks[4] + 14] = b"\x00\x00\x00"
    (tmp_path / "a.ulg").write_bytes(content)
    found = read_telemetry(tmp_path / "a.ulg")
    assert len(found) == 9
    assert "damaged" in found.notes[0]
    content = bytearray(log.content)
    content[log.marks[8] + 11 : log.marks[8] + 13] = b"\xff\xff"  # a length that reaches beyond the end
    (tmp_path / "a.ulg").write_bytes(content)
    assert len(read_telemetry(tmp_path / "a.ulg")) == 9
    for seed in range(200):
        chance = np.random.default_rng(seed)
        bad = np.frombuffer(log.content, np.uint8).copy()
        bad[chance.integers(16, len(bad), 20)] = chance.integers(0, 256, 20)
        (tmp_path / "b.ulg").write_bytes(bad.tobytes())
        try:
            read_telemetry(tmp_path / "b.ulg")
        except BadTelemetry as error:
            assert str(error).startswith("b.ulg: ")  # noqa: PT017


def test_a_kind_of_message_that_came_later_is_passed_over(tmp_path: Path) -> None:
    log = flight(flags=64, yaw_deg=10.0)
    log.message("Z", bytes(300))
    log.estimate(30_000_000, 34.751, 113.65, 170.0)
    found = of(tmp_path / "a.ulg", log)
    assert (len(found), found.notes) == (11, ())


def test_what_was_appended_after_a_crash_is_read(tmp_path: Path) -> None:
    whole = flight(flags=64, yaw_deg=10.0)
    cut = whole.marks[5] + 20  # in the middle of a message
    (tmp_path / "a.ulg").write_bytes(whole.appended(cut, whole.marks[5]))
    found = read_telemetry(tmp_path / "a.ulg")
    assert len(found) == 10


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.ulg", b"", "got nothing: it is empty"),
        ("photo.ulg", b"\xff\xd8\xff\xe0" + bytes(50), "got ff d8 ff e0 00 00 00 .54 bytes."),
        ("short.ulg", b"ULog\x01\x12\x35\x01", "got 55 4c 6f 67"),
        ("bare.ulg", b"ULog\x01\x12\x35\x01" + bytes(8), "the vehicle has no place"),
        ("cut.ulg", flight(flags=64, yaw_deg=10.0).content[:300], "has no place; the log is cut off in the middle"),
        ("newer.ulg", Writer(needs=2).content, "needs a newer reader"),
    ],
)
def test_what_is_no_log_or_has_no_flight_is_refused(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BadTelemetry, match=rf"{name}: .*{says}"):
        read_telemetry(tmp_path / name)


def test_a_log_without_utc_cannot_be_joined_with_a_video(tmp_path: Path) -> None:
    with pytest.raises(BadTelemetry, match="no UTC in vehicle_gps_position"):
        of(tmp_path / "a.ulg", flight(flags=64, yaw_deg=10.0, utc_s=0.0))


def test_the_content_says_what_it_is_whatever_its_name(tmp_path: Path) -> None:
    assert len(of(tmp_path / "flight.bin", flight(flags=64, yaw_deg=10.0))) == 10


def test_our_quaternions_are_what_the_flights_say() -> None:
    assert quaternion(90.0, 0.0) == pytest.approx([2**-0.5, 0, 0, 2**-0.5])
