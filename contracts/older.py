"""Data of events as it was under older versions of their types: read for ever (`upcasters`), written no more."""

from collections.abc import Mapping

from pydantic import ConfigDict

from contracts.events import Data
from contracts.receipt import Receipt


class ReceiptRecordedV1(Data):
    """What became of a dispatch."""

    model_config = ConfigDict(title="ReceiptRecorded")

    receipt: Receipt


OLDER: Mapping[str, type[Data]] = {"missing.receipt.recorded.v1": ReceiptRecordedV1}
"""The data of every older version that was ever released, by its type's name."""
