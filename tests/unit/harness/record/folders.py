"""A run's folder as a run leaves it, its curves made up to fit its record."""

import csv
from collections.abc import Sequence
from pathlib import Path

from harness.record import store
from harness.record.models import Result

MIB = 2**20
START_MS = 1_795_539_072_500
PERCENTILES = (*range(100), 99.9, 99.99, 100)


def lay(folder: Path, result: Result, seconds: int = 40, services: Sequence[str] = ()) -> Path:
    """Writes the record, and a row of the series a second; `services` are those of the record."""
    (folder / "logs").mkdir(parents=True)
    (folder / "load").mkdir()
    store.write_result(result, folder)
    names = services or [*(result.resources.services if result.resources else ())]
    for name in names:
        (folder / "logs" / f"{name}.log").write_text(f"{name} says\n", encoding="utf-8")
    _write(folder / "series.csv", [_row(second, names) for second in range(seconds)])
    _write(
        folder / "latency.csv",
        [
            {"stage": stage, "percentile": f"{share:g}", "latency_ms": f"{base * (1 + share):.3f}"}
            for stage, base in (("http", 0.5), ("committed", 18.0))
            for share in PERCENTILES
        ],
    )
    begun = [f"x\t{START_MS // 1000 + 5 + number // 100}\t0\t0\t0\t0" for number in range(300)]
    lines = ["starttime\tseconds\tctime\tdtime\tttime\twait", *begun]
    (folder / "load" / "ab-01.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _row(second: int, names: Sequence[str]) -> dict[str, object]:
    loading = second >= 5
    accepted = min(42_452, 3_000 * (second - 5))
    committed = min(42_452, max(0, accepted - 4_000)) if second < 25 else 42_452
    row: dict[str, object] = {
        "elapsed_s": f"{second:.3f}",
        "time_ms": START_MS + 1000 * second,
        "phase": "load" if loading else "provision",
        "accepted": accepted if loading else None,
        "kafka_end": accepted if loading else None,
        "committed_rows": committed if loading else None,
        "lag": accepted - committed if loading else None,
        "batch_id": second // 2 if loading else None,
        "batch_duration_ms": 900 + 10 * (second // 2) if loading else None,
        "batch_rows": 6_000 if loading else None,
    }
    for number, name in enumerate([*names, "load_tool", "harness"], 1):
        row[f"{name}_cpu_s"] = f"{0.05 * number * second:.2f}"
        row[f"{name}_rss_bytes"] = (50 + 20 * number + second) * MIB
        row[f"{name}_pss_bytes"] = (40 + 20 * number + second) * MIB if second % 10 == 0 else None
    return row


def _write(path: Path, rows: Sequence[dict[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0] if rows else [], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
