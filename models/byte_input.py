"""An ONNX network made to take the bytes of a picture: the first step, value = byte * scale, moves into its graph.

The float input of a 384 by 640 picture is 2.9 MB, written by us and read again by the network: more than a core's own
cache holds. As bytes it is a quarter, and the provider converts while it rearranges the picture anyway.

Only the outermost fields of the file are read (onnx/onnx.proto): its one input is replaced, two nodes are put before
the others, and everything else is left byte for byte as it was.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

# Field numbers of ModelProto, GraphProto, NodeProto, AttributeProto, ValueInfoProto and what hangs below it.
_GRAPH = 7
_NODE, _INITIALIZER, _INPUT = 1, 5, 11
_FLOAT, _UINT8, _FLOAT16 = 1, 2, 10
_INT_ATTRIBUTE = 2
_BYTES, _CAST, _SCALE = "sanxun_bytes", "sanxun_bytes_as_float", "sanxun_scale"
_VARINT, _FIXED64, _LENGTH, _FIXED32 = 0, 1, 2, 5


def taking_bytes(model: bytes, shape: tuple[int, int, int, int], scale: float) -> bytes:
    """The same network, its input now uint8 of `shape` (1, 3, h, w).

    Raises ValueError for a file that is not a network of one float input.
    """
    fields = list(_fields(model))
    graphs = [i for i, (number, _) in enumerate(fields) if number == _GRAPH]
    if len(graphs) != 1:
        raise ValueError(f"expected one graph in the model, found {len(graphs)}")
    number, graph = fields[graphs[0]]
    fields[graphs[0]] = number, _changed(_payload(graph), shape, scale)
    return b"".join(_field(n, _LENGTH, raw) if n == _GRAPH else raw for n, raw in fields)


def _changed(graph: bytes, shape: tuple[int, int, int, int], scale: float) -> bytes:
    parts = list(_fields(graph))
    weights = {_name(_payload(raw), 8) for number, raw in parts if number == _INITIALIZER}
    # Files of IR version 3 list their weights among the inputs.
    inputs = [raw for number, raw in parts if number == _INPUT and _name(_payload(raw), 1) not in weights]
    if len(inputs) != 1:
        raise ValueError(f"expected one input, found {len(inputs)}")
    name, kind = _name(_payload(inputs[0]), 1), _element_type(_payload(inputs[0]))
    if kind != _FLOAT:
        raise ValueError(f"expected a float32 input, found ONNX's type {kind}")
    ours = [
        _field(_NODE, _LENGTH, _node("Cast", [_BYTES], _CAST, to=_FLOAT)),
        _field(_NODE, _LENGTH, _node("Mul", [_CAST, _SCALE], name)),
        _field(_INITIALIZER, _LENGTH, _scalar(_SCALE, scale)),
        _field(_INPUT, _LENGTH, _value_info(_BYTES, shape)),
    ]
    return b"".join(ours + [raw for _, raw in parts if raw is not inputs[0]])


def _node(operator: str, inputs: list[str], output: str, *, to: int | None = None) -> bytes:
    made = b"".join(_field(1, _LENGTH, one.encode()) for one in inputs)
    made += (
        _field(2, _LENGTH, output.encode())
        + _field(3, _LENGTH, output.encode())
        + _field(4, _LENGTH, operator.encode())
    )
    if to is not None:
        attribute = (
            _field(1, _LENGTH, b"to") + _field(3, _VARINT, _varint(to)) + _field(20, _VARINT, _varint(_INT_ATTRIBUTE))
        )
        made += _field(5, _LENGTH, attribute)
    return made


def _scalar(name: str, value: float) -> bytes:
    """A TensorProto of no axes."""
    return (
        _field(2, _VARINT, _varint(_FLOAT))
        + _field(8, _LENGTH, name.encode())
        + _field(9, _LENGTH, struct.pack("<f", value))
    )


def _value_info(name: str, shape: tuple[int, ...]) -> bytes:
    axes = b"".join(_field(1, _LENGTH, _field(1, _VARINT, _varint(axis))) for axis in shape)
    tensor = _field(1, _VARINT, _varint(_UINT8)) + _field(2, _LENGTH, axes)
    return _field(1, _LENGTH, name.encode()) + _field(2, _LENGTH, _field(1, _LENGTH, tensor))


def _element_type(value_info: bytes) -> int:
    tensor = _find(_find(value_info, 2), 1)
    for number, raw in _fields(tensor):
        if number == 1:
            return _read_varint(raw, _read_varint(raw, 0)[1])[0]
    return 0


def _find(message: bytes, wanted: int) -> bytes:
    return next((_payload(raw) for number, raw in _fields(message) if number == wanted), b"")


def _name(message: bytes, number: int) -> str:
    return _find(message, number).decode()


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and raw bytes, tag included, of each field in turn. Raises ValueError where it is no such message."""
    at = 0
    try:
        while at < len(message):
            tag, after = _read_varint(message, at)
            number, wire = tag >> 3, tag & 7
            if wire == _VARINT:
                after = _read_varint(message, after)[1]
            elif wire == _LENGTH:
                length, after = _read_varint(message, after)
                after += length
            elif wire in (_FIXED64, _FIXED32):
                after += 8 if wire == _FIXED64 else 4
            else:
                raise ValueError(f"field {number} has the unknown wire type {wire}")
            if after > len(message):
                raise ValueError("the model's file ends in the middle of a field")
            yield number, message[at:after]
            at = after
    except IndexError:
        raise ValueError("the model's file ends in the middle of a field") from None


def _payload(raw: bytes) -> bytes:
    """What a field of lengths holds."""
    length, start = _read_varint(raw, _read_varint(raw, 0)[1])
    return raw[start : start + length]


def _field(number: int, wire: int, payload: bytes) -> bytes:
    head = _varint(number << 3 | wire)
    return head + (_varint(len(payload)) if wire == _LENGTH else b"") + payload


def _varint(value: int) -> bytes:
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    made.append(value)
    return bytes(made)


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    """The number at an offset, and where it ends."""
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7
