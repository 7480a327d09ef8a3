"""The counters: each index once, whatever draws it."""

import os
import subprocess
import sys
from pathlib import Path

from app.counters import Counters

DRAWS = 10_000
WORKERS = 3
THREADS = 2
# Each says that it is ready and waits for the word, so that all of them draw at once.
WORKER = f"""
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from app.counters import Counters

counters = Counters(Path(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
with ThreadPoolExecutor({THREADS}) as threads:
    draws = [threads.submit(lambda: [counters.draw("login") for _ in range({DRAWS})])
             for _ in range({THREADS})]
print(*[index for draw in draws for index in draw.result()])
"""


def test_each_route_counts_from_zero(tmp_path: Path) -> None:
    counters = Counters(tmp_path)
    assert [counters.draw("login") for _ in range(3)] == [0, 1, 2]
    assert [counters.draw("login0") for _ in range(2)] == [0, 1]
    assert counters.draw("login") == 3


def test_a_new_worker_goes_on_where_the_last_one_stopped(tmp_path: Path) -> None:
    first = Counters(tmp_path)
    drawn = [first.draw("new_user") for _ in range(5)]
    assert [*drawn, Counters(tmp_path).draw("new_user")] == [0, 1, 2, 3, 4, 5]


def test_the_threads_of_several_workers_get_each_index_once(tmp_path: Path) -> None:
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", WORKER, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        for _ in range(WORKERS)
    ]
    for worker in workers:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "ready\n"
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    drawn = [int(index) for worker in workers for index in worker.communicate()[0].split()]
    assert sorted(drawn) == list(range(WORKERS * THREADS * DRAWS))
