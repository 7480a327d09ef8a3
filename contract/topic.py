"""The settings of the events topic."""

SETTINGS = {
    "message.timestamp.type": "LogAppendTime",
    "cleanup.policy": "delete",
    "retention.ms": "-1",
    "retention.bytes": "-1",
}
"""The broker's clock stamps each message: the committed latency starts at this time stamp.

No message is ever removed, whatever the broker's defaults: each is counted until the topic goes.
"""
