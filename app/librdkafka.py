"""Publishers through librdkafka: acknowledged before the answer, or queued behind it."""

import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from app import publisher
from app.settings import Settings

_ASK_S = 0.5

_Report = Callable[[KafkaError | None, Message], None]


class _LibrdkafkaPublisher:
    """Owns a producer, and the thread that serves its delivery reports and sees events off."""

    def __init__(self, settings: Settings, options: dict[str, Any]) -> None:
        self._topic = settings.topic
        self._producer = Producer(
            {
                **settings.kafka,
                "bootstrap.servers": settings.bootstrap_servers,
                # A retry after a lost acknowledgement must not make an event twice.
                "enable.idempotence": True,
                "acks": "all",
                "linger.ms": settings.linger_ms,
                # By default 0.1 to 10 s: at first many lines in the log, later a long wait for a
                # Kafka that is back.
                "reconnect.backoff.ms": 500,
                "reconnect.backoff.max.ms": 500,
                **options,
            }
        )
        publisher.run_beside_main_thread(
            lambda: self._producer.poll(publisher.POLL_S), self._see_off
        )

    def _give(self, message: bytes, report: _Report) -> None:
        """Hand the message to the producer; raises Refused when it does not take it."""
        try:
            self._producer.produce(self._topic, message, on_delivery=report)
        except (BufferError, KafkaException) as error:
            raise publisher.Refused(str(error)) from error

    def _see_off(self) -> None:
        """Wait for the last events' reports; events without one in time are reported as failed."""
        if self._producer.flush(publisher.SEEN_OFF_WITHIN_S):
            self._producer.purge()
            self._producer.flush()


class AcknowledgedPublisher(_LibrdkafkaPublisher):
    """Publishes and waits for Kafka's acknowledgement.

    Once one does not come, events are refused at once until Kafka answers again: were each to wait
    its 1.5 s, those behind them would be answered late as soon as they outnumber the threads.
    """

    def __init__(self, settings: Settings) -> None:
        # An event in doubt should not arrive long after its answer; it is dropped up to 1 s later.
        timeout_ms = round(publisher.ACKNOWLEDGED_WITHIN_S * 1_000)
        super().__init__(settings, {"message.timeout.ms": timeout_ms})
        self._away = False
        self._noticing = threading.Lock()

    def publish(self, event_id: str, message: bytes) -> None:
        """Return once Kafka has the event; raises Refused, or InDoubt after 1.5 s."""
        if self._away:
            raise publisher.Refused("Kafka has not acknowledged an event, and is not back yet")
        reports: SimpleQueue[KafkaError | None] = SimpleQueue()
        self._give(message, lambda error, _: reports.put(error))
        try:
            error = reports.get(timeout=publisher.ACKNOWLEDGED_WITHIN_S)
        except Empty:
            self._notice()
            waited_s = publisher.ACKNOWLEDGED_WITHIN_S
            raise publisher.InDoubt(f"{event_id}: no word from Kafka within {waited_s} s") from None
        if error is not None:
            self._notice()
            raise publisher.InDoubt(f"{event_id}: {error.str()}")

    def _notice(self) -> None:
        """Refuse events until Kafka answers."""
        with self._noticing:
            if not self._away:
                self._away = True
                threading.Thread(target=self._await_return, name="kafka-return").start()

    def _await_return(self) -> None:
        """Ask Kafka for the topic until it answers, with a leader for each partition."""
        while threading.main_thread().is_alive() and not self._answers():
            time.sleep(publisher.POLL_S)
        self._away = False

    def _answers(self) -> bool:
        try:
            topic = self._producer.list_topics(self._topic, _ASK_S).topics[self._topic]
        except KafkaException:
            return False
        return topic.error is None and all(p.error is None for p in topic.partitions.values())


class QueuedPublisher(_LibrdkafkaPublisher):
    """Publishes without waiting; calls `lost` with the id of an event that did not arrive."""

    def __init__(self, settings: Settings, lost: Callable[[str], None]) -> None:
        super().__init__(
            settings,
            {
                "message.timeout.ms": 30_000,
                # 1 GB by default, a third of the whole budget.
                "queue.buffering.max.kbytes": 32 * 1024,
                "delivery.report.only.error": True,
            },
        )
        self._lost = lost

    def publish(self, event_id: str, message: bytes) -> None:
        """Return once the producer holds the event; raises Refused when its queue is full."""
        self._give(message, lambda _error, _: self._lost(event_id))
