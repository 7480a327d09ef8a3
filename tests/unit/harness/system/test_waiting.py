import time

from harness.system.waiting import wait_until


def test_a_condition_that_comes_about_is_waited_for() -> None:
    answers = iter([False, False, True])
    assert wait_until(lambda: next(answers), within_s=10, poll_s=0.01)
    assert list(answers) == []


def test_a_condition_that_does_not_is_given_up() -> None:
    began = time.monotonic()
    assert not wait_until(lambda: False, within_s=0.1, poll_s=0.01)
    assert 0.1 <= time.monotonic() - began < 5
