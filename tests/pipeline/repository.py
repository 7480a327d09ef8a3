"""A copy of the repository, and its command line as users type it."""

import csv
import fcntl
import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import requests
from confluent_kafka import Producer
from pyhive import presto

from app import ledger
from app.ledger import Ledger
from harness.cluster.addresses import Addresses
from harness.cluster.backends.registry import find_backend
from harness.cluster.state import Health, State
from harness.config import layers
from harness.config.model import Config
from harness.record import store
from harness.record.models import Result
from harness.system.child_environment import TOKEN
from harness.system.paths import ROOT
from harness.system.venv import VirtualEnvironment, base_python
from harness.system.verbs import VARIABLES

SOURCES = ("app", "contract", "harness", "profiles", "sql", "streaming", "tests")
FILES = ("Makefile", "README.md", "pyproject.toml", "requirements.in", "requirements.txt")
# Of letters that shells, URIs, properties files and old encodings each take for something else.
NAME = "a répository; #1 100% $HOME"
WAIT_S = 200.0
# In the environment of every command, and to be found in nothing that is kept of a run.
PLANTED = {"DATABASE_PASSWORD": "correct-horse-battery-staple"}
# The tests are not about the machine, on which others may be at work: no run is marked for that.
UNMARKED = {
    "BENCH_MARKS__OTHERS_CPU_SHARE": "1",
    "BENCH_MARKS__GENERATOR_LATE_SHARE": "1",
    "BENCH_MARKS__GENERATOR_CPU_SHARE": "1",
}
# A machine as people have it, of which no run may show anything: see `Repository.environment`.
NOBODY = "127.0.0.1:9"
UNWELCOME = {
    **dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY"), f"http://{NOBODY}"),
    "ALL_PROXY": f"socks5://{NOBODY}",
    "JAVA_TOOL_OPTIONS": "-Duser.language=tr -Duser.country=TR",
    "_JAVA_OPTIONS": "-Xmx600m",
    "HADOOP_OPTS": "-Xint",
    "HADOOP_USER_NAME": "nobody",
    "KAFKA_OPTS": "-Xint",
    "GRANIAN_URL_PATH_PREFIX": "/elsewhere",
    "LANG": "tr_TR.UTF-8",
    "TZ": "Asia/Kolkata",
    "PIP_USER": "1",
    "PYTHONWARNINGS": "error",
    "COMPOSE_FILE": "/nowhere/compose.yaml",
    "TMPDIR": "/nowhere",
}
SPARK_DEFAULTS = """\
spark.eventLog.enabled true
spark.eventLog.dir file:///nowhere
"""
# An event as the app would make it, which it has not.
FOREIGN = json.dumps(
    {
        "event_id": "login-999999",
        "event_type": "login",
        "uid": "A00001",
        "description": "PC",
        "event_timestamp": "2019-03-02 19:00:00",
    }
).encode()


@dataclass(frozen=True)
class Said:
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"exit code {self.code}\n{self.out}\n{self.err}"


@dataclass(frozen=True)
class Whole:
    """What `make all` said, the record of its run, and what was left of its cluster."""

    said: Said
    result: Result
    left: list[str]


class Repository:
    """A copy of the repository in `root`; packages and jars are those of the original.

    Ports are the defaults, unless `BENCH_…` variables say otherwise.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in SOURCES:
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, root / name, ignore=ignored)
        for name in FILES:
            shutil.copy(ROOT / name, root / name)
        (root / ".cache").symlink_to(ROOT / ".cache")
        self._link_environment()
        self._unwelcome = create_unwelcome(root.with_name(f"{root.name} of a site"))
        self.results = root / "results"
        self.cluster = root / ".work" / "cluster"
        self.config: Config = layers.load_config("bench", environment=self.environment())
        # Those of others, who may be at work on other ports.
        self._foreign = cgroups()
        self.addresses: Addresses = find_backend(root, self.cluster, self.config).addresses(
            self.config
        )

    def _link_environment(self) -> None:
        """An environment of this place, out of the original's packages."""
        made = VirtualEnvironment(self.root)
        original = VirtualEnvironment(ROOT).folder
        made.python.parent.mkdir(parents=True)
        made.python.symlink_to((original / "bin" / "python").resolve())
        self.python = str(made.python)
        (made.folder / "lib").symlink_to(original / "lib")
        shutil.copy(original / "pyvenv.cfg", made.folder)
        made.stamp.write_text(made.key(), encoding="utf-8")

    def environment(self, **more: str) -> dict[str, str]:
        """The environment of a command: this one without what `make test` was given, or gives.

        With it comes what no run may show: a person's proxies, locale and zone, hidden options of
        virtual machines, and other people's Spark, Hadoop and Python packages.
        """
        given = {*VARIABLES, "MAKELEVEL", "MAKEFLAGS", "MFLAGS"}
        own = {name: value for name, value in os.environ.items() if name not in given}
        # The environment was made by this interpreter, which may not be the PATH's `python3`.
        given_to_all = {**self._unwelcome, **PLANTED, **UNMARKED}
        return {**own, **given_to_all, "PYTHON": str(base_python()), **more}

    def harness(
        self,
        *arguments: str,
        text: str = "",
        wait_s: float = WAIT_S,
        environment: Mapping[str, str] | None = None,
    ) -> Said:
        """Runs a verb to its end, with `text` on its standard input."""
        return self.run([self.python, "-m", "harness", *arguments], text, wait_s, environment)

    def run(
        self,
        command: Sequence[str] | str,
        text: str = "",
        wait_s: float = WAIT_S,
        environment: Mapping[str, str] | None = None,
    ) -> Said:
        """Runs a program, or a line of shell, to its end."""
        ended = subprocess.run(
            command,
            shell=isinstance(command, str),
            cwd=self.root,
            env=environment or self.environment(),
            input=text,
            capture_output=True,
            text=True,
            timeout=wait_s,
            check=False,
        )
        return Said(ended.returncode, ended.stdout, ended.stderr)

    def begin(self, *arguments: str, environment: Mapping[str, str] | None = None) -> "Started":
        """Begins a verb, as the leader of a process group, as a shell does."""
        return Started(self, arguments, environment or self.environment())

    def state(self) -> State | None:
        """The state of the cluster that is up."""
        state = State.read(self.cluster)
        return state if state is not None and state.running() else None

    def standing(self) -> bool:
        """Whether a cluster is up whose services are all ready."""
        state = self.state()
        return state is not None and all(
            status.health is Health.READY for status in state.services.values()
        )

    def leader(self, service: str) -> psutil.Process:
        """The first process of a service."""
        state = self.state()
        assert state is not None
        leader = state.services[service].leader
        assert leader is not None
        return psutil.Process(leader.pid)

    def supervisor(self) -> psutil.Process:
        """The supervisor of the cluster that is up."""
        state = self.state()
        assert state is not None
        assert state.supervisor is not None
        return psutil.Process(state.supervisor.pid)

    def sessions(self) -> list[psutil.Process]:
        """Every process that carries a cluster's token and runs in this repository."""
        found = []
        for process in psutil.process_iter():
            try:
                if TOKEN in process.environ() and Path(process.cwd()) == self.root:
                    found.append(process)
            except (psutil.NoSuchProcess, psutil.AccessDenied):
                continue
        return found

    def ports(self) -> list[int]:
        """Every port that a service listens on."""
        return sorted(self.config.ports().values())

    def left(self) -> list[str]:
        """What is there of a cluster: processes, open ports, cgroups, a held lock."""
        taken = listening()
        return [
            *(f"process {process}" for process in self.sessions()),
            *(f"port {port}" for port in self.ports() if port in taken),
            *(f"cgroup {folder}" for folder in sorted(cgroups() - self._foreign)),
            *(["the lock"] if self.locked() else []),
        ]

    def locked(self) -> bool:
        """Whether somebody holds the lock."""
        with (self.root / ".work" / "lock").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False

    def ledger(self) -> Ledger:
        """What the app began and accepted."""
        return ledger.read(self.addresses.ledger)

    def runs(self) -> list[str]:
        """The names of all runs, oldest first."""
        return store.list_runs(self.results)

    def result(self, run: str = "latest") -> Result:
        """A run's record."""
        return store.read_result(store.find_run(self.results, run))

    def select(self, query: str, zone: str = "UTC") -> list[tuple[Any, ...]]:
        """The rows of a query's answer, to a client in a time zone."""
        host, _, port = self.addresses.presto.address.partition(":")
        session = requests.Session()
        session.headers["X-Presto-Time-Zone"] = zone
        cursor = presto.connect(
            host,
            int(port),
            username=self.addresses.presto.user,
            poll_interval=0.05,
            requests_session=session,
        ).cursor()
        cursor.execute(query)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows

    def ask(self, name: str) -> list[list[str]]:
        """The answer to a file of `sql/verify`, asked as its reader would: by `make sql`."""
        query = (self.root / "sql" / "verify" / f"{name}.sql").read_text(encoding="utf-8")
        said = self.harness("sql", text=query)
        assert said.code == 0, said
        return list(csv.reader(said.out.splitlines()))

    @contextmanager
    def changed(self, name: str, more: str) -> Iterator[None]:
        """Appends to a file of the copy for a while."""
        path = self.root / name
        original = path.read_text(encoding="utf-8")
        path.write_text(original + more, encoding="utf-8")
        try:
            yield
        finally:
            path.write_text(original, encoding="utf-8")


def create_unwelcome(folder: Path) -> dict[str, str]:
    """The variables of a site with an installation of its own in a folder."""
    for package in ("click", "pyspark"):
        (folder / "python" / package).mkdir(parents=True)
        text = "raise ImportError('another package than ours')\n"
        (folder / "python" / package / "__init__.py").write_text(text, encoding="utf-8")
    (folder / "conf").mkdir()
    (folder / "conf" / "spark-defaults.conf").write_text(SPARK_DEFAULTS, encoding="utf-8")
    for name in ("core-site.xml", "hdfs-site.xml", "hive-site.xml"):
        (folder / "conf" / name).write_text("no XML", encoding="utf-8")
    (folder / "shell").write_text("echo a shell of another >&2; exit 7\n", encoding="utf-8")
    settings = dict.fromkeys(("SPARK_CONF_DIR", "HADOOP_CONF_DIR", "HIVE_CONF_DIR"), "conf")
    places = {**settings, "CLASSPATH": "conf", "PYTHONPATH": "python", "BASH_ENV": "shell"}
    return {
        **UNWELCOME,
        **{name: str(folder / place) for name, place in places.items()},
        "SPARK_LOCAL_DIRS": "/nowhere",
    }


class Started:
    """A verb under way; ended with its block."""

    def __init__(
        self, repository: Repository, arguments: Sequence[str], environment: Mapping[str, str]
    ) -> None:
        self._output: IO[str] = (repository.root / "verb.out").open("w+", encoding="utf-8")
        self._process = subprocess.Popen(
            [repository.python, "-m", "harness", *arguments],
            cwd=repository.root,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=self._output,
            process_group=0,
        )

    @property
    def pid(self) -> int:
        """The verb's pid, which is that of its process group too."""
        return self._process.pid

    def said(self) -> str:
        """What it has said so far, on both its outputs."""
        return Path(self._output.name).read_text(encoding="utf-8")

    def wait_for(self, condition: Callable[[], object], wait_s: float = WAIT_S) -> None:
        """Waits until the condition holds, while the verb is at work."""
        deadline = time.monotonic() + wait_s
        while not condition():
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def wait(self, wait_s: float = WAIT_S) -> int:
        """Its exit code."""
        return self._process.wait(wait_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait(WAIT_S)
        self._output.close()


def listening() -> set[int]:
    """The ports that somebody listens on."""
    return {
        connection.laddr.port
        for connection in psutil.net_connections("tcp")
        if connection.laddr and connection.status == psutil.CONN_LISTEN
    }


def cgroups() -> set[Path]:
    """The cgroups of all clusters."""
    return set(Path("/sys/fs/cgroup").rglob("pipeline-benchmark-*"))


def wait_until(condition: Callable[[], object], wait_s: float = 20) -> None:
    """Waits until the condition holds."""
    deadline = time.monotonic() + wait_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about"
        time.sleep(0.05)


def write(repository: Repository, path: str, content: bytes) -> None:
    """Writes a file to HDFS, in place of one that is there; the NameNode says at which DataNode."""
    filesystem = repository.addresses.filesystem
    there = f"{filesystem.webhdfs}/webhdfs/v1{path}"
    given = {"op": "CREATE", "overwrite": "true", "user.name": filesystem.user}
    asked = requests.put(there, params=given, allow_redirects=False)
    requests.put(asked.headers["Location"], data=content).raise_for_status()


def rows(repository: Repository, path: str) -> pa.Table:
    """What a Parquet file on HDFS holds."""
    hdfs = repository.addresses.filesystem.client()
    return pq.read_table(pa.BufferReader(hdfs.read(path)))


@contextmanager
def replaced(repository: Repository, path: str, table: pa.Table) -> Iterator[None]:
    """Another Parquet file under the name of one on HDFS, for a while."""
    hdfs = repository.addresses.filesystem.client()
    original = hdfs.read(path)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink, compression="snappy")
    write(repository, path, sink.getvalue().to_pybytes())
    try:
        yield
    finally:
        write(repository, path, original)


def put(repository: Repository, *messages: bytes | None) -> None:
    """Puts messages straight on the topic."""
    producer = Producer({"bootstrap.servers": repository.addresses.kafka})
    for message in messages:
        producer.produce(repository.addresses.topic, message)
    assert producer.flush(10) == 0
