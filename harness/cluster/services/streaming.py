"""The Structured Streaming job."""

import json
import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from contract.paths import CHECKPOINT
from harness.cluster.services import java, spark
from harness.cluster.services.service import Command, NotReady, Service
from harness.config.external import ExternalSpark
from harness.system.units import MIB

# A virtual machine that writes a class-data archive at its end needs some of this time.
END_S = 60
# The job takes no longer span for one that is meant.
LONGEST_S = 3600


class StreamingService(Service):
    """The job, driver and executor in one virtual machine; ready at its first trigger."""

    name = "streaming"
    needs = ("kafka", "datanode")
    grace_s = 15.0
    # A batch that waits for the CPU makes all later events wait: p99 of the committed latency was
    # 0.78 times that at 200, and events/s 1.0 to 1.3 times, in two pairs of runs.
    cpu_weight = 400

    def ports(self) -> Mapping[str, int]:
        """Return none: the driver talks to Python on ports that the kernel picks."""
        return {}

    @property
    def armed(self) -> Path:
        """Return the file that arms the failpoint of a fault run."""
        return self.folder / "armed"

    def prepare(self) -> None:
        """Remove what an earlier start reported."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.context.progress.unlink(missing_ok=True)

    def command(self) -> Command:
        """Return the job's command, with Spark's deployment in PYSPARK_SUBMIT_ARGS."""
        config = self.context.config
        hook = config.fault.hook
        to = self.context.addresses
        settings = {
            **{f"spark.hadoop.{k}": v for k, v in to.filesystem.settings.items()},
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.host": to.spark.driver_host,
            "spark.driver.bindAddress": to.spark.driver_host,
            "spark.local.dir": self.folder / "local",
            "spark.sql.warehouse.dir": self.folder / "warehouse",
            **to.spark.settings,
        }
        arguments = [
            "--master",
            to.spark.master,
            "--driver-memory",
            f"{config.streaming.driver_memory // MIB}m",
            *self.jars(to.spark),
            "--driver-java-options",
            shlex.join(java.flags(self.context, self.name)),
            *(f"--conf={key}={value}" for key, value in settings.items()),
            "pyspark-shell",
        ]
        return Command(
            [sys.executable, "-m", "streaming"],
            {
                "JAVA_HOME": str(self.context.programs.java_home),
                "HADOOP_USER_NAME": to.filesystem.user,
                "PYSPARK_PYTHON": sys.executable,
                "PYSPARK_SUBMIT_ARGS": shlex.join(arguments),
                "SPARK_HOME": str(spark.HOME),
                "SPARK_LOCAL_IP": to.spark.driver_host,
                "STREAMING_BOOTSTRAP_SERVERS": to.kafka,
                "STREAMING_TOPIC": to.topic,
                "STREAMING_KAFKA": json.dumps(dict(to.kafka_java_settings)),
                "STREAMING_FILESYSTEM": to.filesystem.uri,
                # Not on the command line, which everybody sees.
                "STREAMING_HADOOP": json.dumps(dict(to.filesystem.secrets)),
                "STREAMING_TRIGGER_S": str(config.streaming.trigger_s),
                "STREAMING_END_S": str(min(self.extend(END_S), LONGEST_S)),
                "STREAMING_CHECKPOINT": f"{to.filesystem.uri}{CHECKPOINT}",
                "STREAMING_PROGRESS": str(self.context.progress),
                **({"STREAMING_FAILPOINT": f"{hook}:{self.armed}"} if hook else {}),
            },
        )

    def jars(self, spark: ExternalSpark) -> list[str]:
        """Return the options for the jars that PySpark lacks, also sent to executors elsewhere."""
        ours = self.context.artifacts.spark
        packages = ["--packages", ",".join(spark.packages)] if spark.packages else []
        if spark.master.startswith("local"):
            return ["--driver-class-path", ":".join(map(str, ours)), *packages]
        return ["--jars", ",".join(map(str, ours)), *packages]

    def probe(self) -> None:
        """Look for the line that the job writes at its first trigger."""
        try:
            ready = (
                '"ready"' in self.context.progress.read_text(encoding="utf-8").partition("\n")[0]
            )
        except FileNotFoundError:
            ready = False
        if not ready:
            raise NotReady("the streaming query has not been triggered yet")
