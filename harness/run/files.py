"""The files in a run's folder."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.cluster.backends.backend import Backend
from harness.monitor import batches, series
from harness.record import benchmark, latency, models, store
from harness.record.facts import Fact
from harness.run.result import Measured


def write_files(
    folder: Path,
    measured: Measured,
    result: models.Result,
    facts: Mapping[str, Fact],
    samples: Sequence[series.Sample],
    cluster: Backend,
) -> None:
    """Write the record, the series, the latency curves and the logs of a run into its folder."""
    results = measured.results
    (folder / "config.toml").write_text(measured.config.toml(), encoding="utf-8")
    details = {**result.environment.model_dump(mode="json"), **facts}
    text = json.dumps(details, indent=2) + "\n"
    (folder / "environment.json").write_text(text, encoding="utf-8")
    committed_rows = results.final.committed_rows if results.final else None
    progress = batches.read_batches(cluster.progress)
    others = result.resources.others if result.resources else None
    cores = others.cores if others else ()
    rows = series.assemble_rows(samples, committed_rows, progress, cluster.services, cores)
    series.write_rows(folder / "series.csv", rows)
    curves = latency.list_stages(
        results.load.latency_ms if results.load else None,
        results.verified.committed.by_table if results.verified else None,
    )
    if curves:
        latency.write_curves(folder / "latency.csv", curves)
    if result.status == "valid":
        text = benchmark.render_benchmark(result)
        (folder / "benchmark.json").write_text(text, encoding="utf-8")
    write_record(folder, result, cluster)


def write_record(folder: Path, result: models.Result, cluster: Backend) -> None:
    """Write the record and the logs of a run into its folder."""
    store.copy_logs(cluster.folder / "logs", folder)
    store.write_result(result, folder)
