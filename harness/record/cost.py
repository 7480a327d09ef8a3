"""The cost of an accepted event, from the resources that a run used."""

from harness.record.models import Cost, Counts, Resources


def compute_cost(
    used: Resources,
    accepted: int,
    counts: Counts,
    topic_bytes: int | None,
    parquet_bytes: int | None,
) -> Cost:
    """Return the cost of each of `accepted` events, at least one.

    `topic_bytes` and `parquet_bytes` are sizes of all that is there, events of earlier runs too,
    and are shared out among all that `counts` has there.
    """
    usages = used.services | ({"load_tool": used.load_tool} if used.load_tool else {})
    return Cost(
        cpu_s_per_1000_events=1000 * used.total.cpu_s / accepted,
        cpu_s_per_1000_events_by_service={
            name: 1000 * usage.cpu_s / accepted for name, usage in usages.items()
        },
        events_per_cpu_s=accepted / used.total.cpu_s,
        kafka_bytes_per_event=_share(topic_bytes, counts.kafka),
        parquet_bytes_per_event=_share(parquet_bytes, counts.parquet),
    )


def _share(size_bytes: int | None, events: int) -> float | None:
    return size_bytes / events if size_bytes is not None and events else None
