"""The settings of the events topic."""

SETTINGS = {"message.timestamp.type": "LogAppendTime"}
"""The broker's clock stamps each message: the committed latency starts at this time stamp."""
