"""Commands: said until answered, patient while in progress, refused clearly; those that move need a person."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from drone.link.confirmation import Confirmation
from drone.link.dialect import mavlink, name_of
from drone.link.errors import CommandRefused, NoAnswer, NotConfirmed
from drone.link.vehicle import Inbox, Vehicle

TRIES = 8  # at 15 % loss each way an exchange fails in 28 %: eight of them in 1 of 28,000
ANSWER_S = 1.5
PATIENCE_S = 60.0

# What moves nothing. Everything else needs a confirmation: a list of what moves would forget something.
HARMLESS = frozenset(
    {
        mavlink.MAV_CMD_REQUEST_MESSAGE,
        mavlink.MAV_CMD_SET_MESSAGE_INTERVAL,
        mavlink.MAV_CMD_GET_HOME_POSITION,
        mavlink.MAV_CMD_RUN_PREARM_CHECKS,
        mavlink.MAV_CMD_DO_GIMBAL_MANAGER_CONFIGURE,
        mavlink.MAV_CMD_DO_GIMBAL_MANAGER_PITCHYAW,
        mavlink.MAV_CMD_DO_SET_CAM_TRIGG_DIST,
        mavlink.MAV_CMD_IMAGE_START_CAPTURE,
        mavlink.MAV_CMD_IMAGE_STOP_CAPTURE,
        mavlink.MAV_CMD_VIDEO_START_CAPTURE,
        mavlink.MAV_CMD_VIDEO_STOP_CAPTURE,
    }
)


@dataclass(frozen=True, slots=True)
class Command:
    """`params` are MAVLink's seven. With a place (5 latitude, 6 longitude in degrees) it goes as COMMAND_INT, since
    COMMAND_LONG's floats put a place off by more than a metre."""

    number: int
    params: tuple[float, ...] = ()
    frame: int | None = None

    @property
    def name(self) -> str:
        return name_of("MAV_CMD", self.number).removeprefix("MAV_CMD_")


async def tell(vehicle: Vehicle, command: Command, *, by: Confirmation | None = None) -> None:
    """Say a command until the vehicle has taken it.

    Raises `NotConfirmed` before anything is sent, `CommandRefused`, `NoAnswer`.
    """
    if command.number not in HARMLESS and (by is None or by.system != vehicle.system):
        raise NotConfirmed(f"{command.name} to {vehicle} needs a drone operator's confirmation for this vehicle")
    if vehicle.doubled:
        raise CommandRefused(
            f"two vehicles at {sorted(map(str, vehicle.rivals))} use the system id {vehicle.system}: give one another"
        )

    def ours(ack: Any) -> bool:
        return bool(ack.command == command.number)

    with vehicle.inbox("COMMAND_ACK", where=ours) as answers:
        for attempt in range(TRIES):
            vehicle.send(_message(vehicle, command, attempt))
            answer = await _answer(answers)
            if answer is None:
                continue
            if answer.result == mavlink.MAV_RESULT_ACCEPTED:
                return
            if answer.result == mavlink.MAV_RESULT_TEMPORARILY_REJECTED and attempt < TRIES - 1:
                await asyncio.sleep(ANSWER_S)
                continue
            result = name_of("MAV_RESULT", answer.result).removeprefix("MAV_RESULT_")
            raise CommandRefused(f"{vehicle} refuses {command.name}: {result}")
    raise NoAnswer(f"{vehicle} does not answer {command.name}, asked {TRIES} times in {TRIES * ANSWER_S:.0f} s")


async def _answer(answers: Inbox) -> Any | None:
    """The final answer: "in progress" is none, but it earns the vehicle more time."""
    loop = asyncio.get_running_loop()
    patience_s = loop.time() + PATIENCE_S
    answer = await answers.next(ANSWER_S)
    while answer is not None and answer.result == mavlink.MAV_RESULT_IN_PROGRESS:
        answer = await answers.next(max(0.0, patience_s - loop.time()))
    return answer


def _message(vehicle: Vehicle, command: Command, attempt: int) -> Any:
    one, two, three, four, five, six, seven = (*command.params, *[0.0] * (7 - len(command.params)))
    target = (vehicle.system, vehicle.component)
    if command.frame is None:
        return mavlink.MAVLink_command_long_message(
            *target, command.number, attempt, one, two, three, four, five, six, seven
        )
    place = (round(five * 1e7), round(six * 1e7))
    return mavlink.MAVLink_command_int_message(
        *target, command.frame, command.number, 0, 0, one, two, three, four, *place, seven
    )
