"""What every publisher of events to Kafka does, whichever client it uses."""

import threading
from collections.abc import Callable
from typing import Protocol

# The contract is an answer within 2 s: this leaves half a second to a machine that is busy.
ACKNOWLEDGED_WITHIN_S = 1.5
# An idempotent producer first asks Kafka for its id: on a machine with a load of 10, 5 s did not
# always see two events off.
SEEN_OFF_WITHIN_S = 10.0
POLL_S = 0.1


class Refused(Exception):
    """The event never left the app."""


class InDoubt(Exception):
    """The event was given to the producer and may arrive once or not at all."""


class Publisher(Protocol):
    """Gives events to Kafka, through one producer that each worker creates for itself."""

    def publish(self, event_id: str, message: bytes) -> None:
        """Return once the event counts as accepted; raises Refused or InDoubt when it does not."""


def run_beside_main_thread(serve: Callable[[], object], see_off: Callable[[], object]) -> None:
    """Call `serve` as long as the main thread lives, then `see_off`, on a thread of their own.

    The thread outlives the main one, as a worker of granian runs no atexit handler.
    """

    def run() -> None:
        while threading.main_thread().is_alive():
            serve()
        see_off()

    threading.Thread(target=run, name="kafka-reports").start()
