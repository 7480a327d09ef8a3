"""The settings of the events topic."""

from __future__ import annotations

SETTINGS = {"message.timestamp.type": "LogAppendTime"}
"""The broker's clock stamps each message: the committed latency starts at this time stamp."""
