"""Class names: of COCO, and as exporters write them into a graph's metadata."""

from __future__ import annotations

import ast

from models.errors import UnsupportedModel

# The 80 classes of COCO 2014/2017 in the order of detection weights (cocodataset.org, instances_*.json).
COCO_80 = tuple(
    """person,bicycle,car,motorcycle,airplane,bus,train,truck,boat,traffic light,fire hydrant,stop sign,parking meter,
bench,bird,cat,dog,horse,sheep,cow,elephant,bear,zebra,giraffe,backpack,umbrella,handbag,tie,suitcase,frisbee,skis,
snowboard,sports ball,kite,baseball bat,baseball glove,skateboard,surfboard,tennis racket,bottle,wine glass,cup,fork,
knife,spoon,bowl,banana,apple,sandwich,orange,broccoli,carrot,hot dog,pizza,donut,cake,chair,couch,potted plant,bed,
dining table,toilet,tv,laptop,mouse,remote,keyboard,cell phone,microwave,oven,toaster,sink,refrigerator,book,clock,
vase,scissors,teddy bear,hair drier,toothbrush""".replace("\n", "").split(",")
)


def from_metadata(metadata: dict[str, str]) -> tuple[str, ...] | None:
    """Names that Ultralytics writes as a Python dict, ``{0: 'person', 1: ...}``; None where there are none.

    Raises:
        UnsupportedModel: there is something under `names`, but not that.
    """
    text = metadata.get("names")
    if not text:
        return None
    try:
        value = ast.literal_eval(text)
        pairs = dict(enumerate(value)) if isinstance(value, list | tuple) else dict(value)
        return tuple(str(pairs[index]) for index in range(len(pairs)))
    except (ValueError, SyntaxError, TypeError, KeyError) as error:
        found = text if len(text) < 80 else text[:80] + "…"
        raise UnsupportedModel(
            f"the graph's metadata names its classes as {found!r}: expected {{0: 'person', 1: …}}, numbered from 0"
        ) from error
