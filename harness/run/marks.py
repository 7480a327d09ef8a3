"""The marks of a valid run whose figures are not the system's alone."""

from collections.abc import Iterator, Sequence

from harness.config.model import MarkSettings
from harness.errors import Inconclusive
from harness.record.models import Load, MarkName, Resources, Result, describe_marks

REMEDIES: dict[MarkName, str] = {
    "disturbed": "close what else uses the CPU (`top` names it), then run it again; or allow more,"
    ' as SET="marks.others_cpu_share=0.2"',
    "generator": "send less, as by a lower load.rate_per_s, or use a machine with more cores, then"
    " run it again",
}


def find_marks(
    limits: MarkSettings, load: Load | None, used: Resources | None
) -> dict[MarkName, str]:
    """Return the marks of a valid run, each with its reason; what was not measured gives none."""
    found: dict[MarkName, list[str]] = {
        "disturbed": [*_list_disturbances(limits, used)],
        "generator": [*_list_faults_of_generator(limits, load)],
    }
    return {name: "; ".join(reasons) for name, reasons in found.items() if reasons}


def create_error(what: str, results: Sequence[Result]) -> Inconclusive:
    """Return the error of valid runs that are marked; `what` is the beginning of its sentence."""
    names = dict.fromkeys(name for result in results for name in result.marks)
    return Inconclusive(
        f"{what} {' and '.join(names)}: left out of history and comparisons.",
        why="\n       ".join(describe_marks(result.marks) for result in results),
        do="\n       ".join(REMEDIES[name] for name in names),
    )


def _list_disturbances(limits: MarkSettings, used: Resources | None) -> Iterator[str]:
    others = used.others if used else None
    if others and others.share > limits.others_cpu_share:
        yield (
            f"others used {_percent(others.share)} of the CPU time of {len(others.cores)} cores,"
            f" {others.cpu_s:.1f} s in {others.duration_s:.1f} s (stolen by the hypervisor"
            f" {others.stolen_s:.1f} s, interrupts {others.interrupts_s:.1f} s); the limit is"
            f" {_percent(limits.others_cpu_share)}"
        )


def _list_faults_of_generator(limits: MarkSettings, load: Load | None) -> Iterator[str]:
    late = load.lateness if load else None
    if late and late.generator_share is not None:
        share = late.generator_share
        if share > limits.generator_late_share:
            yield (
                f"{_percent(share)} of the requests were begun more than {late.bound_ms:g} ms late"
                " though a connection and their route were free; the limit is"
                f" {_percent(limits.generator_late_share)}"
            )
    # One thread has no more than one core, but for the precision of the clocks.
    if load and load.cpu_share is not None:
        share = min(1.0, load.cpu_share)
        if share > limits.generator_cpu_share:
            yield (
                f"{load.tool} used {_percent(share)} of a core; the limit is"
                f" {_percent(limits.generator_cpu_share)}"
            )


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"
