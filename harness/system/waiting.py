"""Waiting for a condition, with a deadline."""

from collections.abc import Callable

from tenacity import Retrying, retry_if_result, stop_after_delay, wait_fixed


def wait_until(holds: Callable[[], bool], *, within_s: float, poll_s: float) -> bool:
    """Call `holds` every `poll_s` seconds until it is true; returns False after `within_s`."""
    retrying = Retrying(
        retry=retry_if_result(lambda held: not held),
        stop=stop_after_delay(within_s),
        wait=wait_fixed(poll_s),
        retry_error_callback=lambda _: False,
    )
    return bool(retrying(holds))
