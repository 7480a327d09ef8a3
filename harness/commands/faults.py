"""`faults`: break one thing a run, and count every event."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from random import Random

import click

from harness.commands.bench import measure
from harness.commands.cluster import get_cluster, prepare_cluster, share_cluster
from harness.commands.output import print_report
from harness.config import layers, load_plan, model
from harness.errors import InvalidRun, OverBudget, ServiceFailed, UsageError
from harness.faults import registry
from harness.faults.fault import Fault, FaultContext
from harness.record import fault_record, store
from harness.report.pages import fault_page, results_folder
from harness.system import paths


def run(profile: str, settings: Sequence[str], fault: str | None) -> None:
    """Run every fault there is, or the fault of that name, and print the events of each.

    Raises InvalidRun where a promise was not kept, and UsageError where the load is not an open
    loop, which alone goes on through an outage.
    """
    config = layers.load_config(profile, settings)
    if config.load.rate_per_s is None:
        raise UsageError("Faults need a load at a rate.", do='leave it to PROFILE="faults"')
    chosen = registry.FAULTS if fault is None else (registry.find(fault),)
    faults_id, started, began = store.create_run_id("faults"), datetime.now(UTC), time.monotonic()
    rows: list[fault_record.FaultRow] = []
    with prepare_cluster("faults", config):
        for row in break_each(config, chosen):
            rows.append(row)
            click.echo(fault_page.describe_fault_run(row))
            record = fault_record.FaultsRecord(
                faults_id=faults_id,
                profile=config.profile,
                requests=sum(call.requests for call in load_plan.read_calls(config.load)),
                rate_per_s=config.load.rate_per_s,
                started_utc=started,
                duration_s=time.monotonic() - began,
                rows=tuple(rows),
            )
            # After each row: an interrupt keeps the rows before it.
            page = results_folder.write_faults_pages(paths.RESULTS, record)
    print_report(fault_page.create_faults_page(record))
    click.echo(f"\nFaults: {os.path.relpath(page)}")
    if failed := [row.fault for row in rows if row.verdict == "FAILED"]:
        raise InvalidRun(f"{len(failed)} of {len(rows)} promises failed.", why=", ".join(failed))


def break_each(config: model.Config, chosen: Sequence[Fault]) -> Iterator[fault_record.FaultRow]:
    """Execute the fault runs: on one shared cluster, but for those that need their own."""
    together = [fault for fault in chosen if not fault.alone]
    with share_cluster(config) if len(together) > 1 else nullcontext():
        for fault in together:
            yield break_one(registry.configured(config, fault), fault)
    for fault in chosen:
        if fault.alone:
            yield break_one(registry.configured(config, fault), fault)


def break_one(config: model.Config, fault: Fault) -> fault_record.FaultRow:
    """Execute one fault run; raise an error of the run that the fault does not explain."""
    hindrance = fault.hindrance(FaultContext(get_cluster(), config, Random(config.seed)))
    if hindrance is not None:
        return fault_record.FaultRow(
            fault=fault.name, text=fault.text, verdict="not run", why=(hindrance,)
        )
    ended, pages = measure(config, keep=False)
    if not isinstance(ended.error, ServiceFailed | InvalidRun | OverBudget | None):
        raise ended.error
    return fault_record.create_fault_row(pages.result)
