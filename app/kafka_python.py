"""A publisher through kafka-python, as the reference system publishes."""

import time
from collections.abc import Callable

from kafka import KafkaProducer
from kafka.errors import KafkaError, KafkaTimeoutError

from app import publisher
from app.settings import Settings


class KafkaPythonPublisher:
    """Publishes without waiting; calls `lost` with the id of an event that did not arrive.

    It owns a producer with its thread, and a thread that sees the last events off. The options
    are those of the version that the reference system had: later versions wait for all replicas
    and send again.
    """

    def __init__(self, settings: Settings, lost: Callable[[str], None]) -> None:
        self._topic = settings.topic
        self._lost = lost
        self._producer = KafkaProducer(
            **settings.kafka,
            bootstrap_servers=settings.bootstrap_servers,
            acks=1,
            enable_idempotence=False,
            # Without idempotence, a retry after a lost acknowledgement makes an event twice.
            retries=0,
            linger_ms=settings.linger_ms,
            reconnect_backoff_max_ms=1_000,
            # As long as librdkafka's queued events; a request and the linger have to fit in.
            delivery_timeout_ms=30_000,
            request_timeout_ms=29_000,
            # It waits for the topic's metadata only, before the first event.
            max_block_ms=round(publisher.ACKNOWLEDGED_WITHIN_S * 1_000),
        )
        publisher.run_beside_main_thread(lambda: time.sleep(publisher.POLL_S), self._see_off)

    def publish(self, event_id: str, message: bytes) -> None:
        """Return once the producer holds the event; raises Refused when it does not take it."""
        try:
            report = self._producer.send(self._topic, message)
        except KafkaError as error:
            raise publisher.Refused(str(error)) from error
        report.add_errback(lambda _: self._lost(event_id))

    def _see_off(self) -> None:
        """Wait for the last events' reports; events without one in time are reported as failed."""
        try:
            self._producer.flush(publisher.SEEN_OFF_WITHIN_S)
        except KafkaTimeoutError:
            # close() would flush once more, and raise before it gives the events up.
            self._producer._sender.force_close()
            self._producer._sender.join()
        self._producer.close()
