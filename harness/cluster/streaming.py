"""The Structured Streaming job."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path

from harness.cluster import hdfs, java, spark
from harness.cluster.service import HOST, Command, NotReady, Service
from harness.config import MIB


class Streaming(Service):
    """The job, driver and executor in one virtual machine; ready at its first trigger."""

    name = "streaming"
    needs = ("kafka", "datanode")
    grace_s = 15.0
    # A batch that waits for the CPU makes all later events wait: p99 of the committed latency was
    # 0.88 times that at 100, and events/s 0.96 times, in four pairs of runs.
    cpu_weight = 200

    def ports(self) -> Mapping[str, int]:
        """None that is ours to choose: the driver talks to Python on ports the kernel picks."""
        return {}

    @property
    def checkpoint(self) -> Path:
        """Spark's checkpoint, on HDFS."""
        return self.folder / "checkpoint"

    @property
    def armed(self) -> Path:
        """The file that lets the hook of a fault run strike."""
        return self.folder / "armed"

    def prepare(self) -> None:
        """Forgets what an earlier start reported."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.site.progress.unlink(missing_ok=True)

    def command(self) -> Command:
        """The job; how it is deployed goes through the submit arguments."""
        config = self.site.config
        hook = config.fault.hook
        settings = {
            **{f"spark.hadoop.{k}": v for k, v in hdfs.client_settings(self.site).items()},
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
            "spark.driver.host": HOST,
            "spark.driver.bindAddress": HOST,
            "spark.local.dir": self.folder / "local",
            "spark.sql.warehouse.dir": self.folder / "warehouse",
        }
        arguments = [
            "--master",
            "local[2]",
            "--driver-memory",
            f"{config.streaming.driver_memory // MIB}m",
            "--driver-class-path",
            java.class_path(self.site.artifacts.spark),
            "--driver-java-options",
            shlex.join(java.flags(self.site, self.name)),
            *(f"--conf={key}={value}" for key, value in settings.items()),
            "pyspark-shell",
        ]
        return Command(
            [sys.executable, "-m", "streaming"],
            {
                "JAVA_HOME": str(self.site.programs.java_home),
                "HADOOP_USER_NAME": hdfs.USER,
                "PYSPARK_PYTHON": sys.executable,
                "PYSPARK_SUBMIT_ARGS": shlex.join(arguments),
                "SPARK_HOME": str(spark.HOME),
                "SPARK_LOCAL_IP": HOST,
                "STREAMING_BOOTSTRAP_SERVERS": f"{HOST}:{config.kafka.port}",
                "STREAMING_TOPIC": config.kafka.topic,
                "STREAMING_FILESYSTEM": hdfs.address(self.site),
                "STREAMING_TRIGGER_S": str(config.streaming.trigger_s),
                "STREAMING_CHECKPOINT": str(self.checkpoint),
                "STREAMING_PROGRESS": str(self.site.progress),
                **({"STREAMING_FAULT": f"{hook}:{self.armed}"} if hook else {}),
            },
        )

    def probe(self) -> None:
        """Looks for the line that the job writes at its first trigger."""
        try:
            ready = '"ready"' in self.site.progress.read_text(encoding="utf-8").partition("\n")[0]
        except FileNotFoundError:
            ready = False
        if not ready:
            raise NotReady("the streaming query has not been triggered yet")
