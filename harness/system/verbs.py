"""The table of verbs: `make help`, `harness --help` and the Makefile's lists come from it.

It needs the standard library alone: the bootstrap reads it before the environment exists.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from harness.system import programs

PREFIX = "BENCH_"
"""What the variables of parameters and of settings begin with."""


class Format(StrEnum):
    """How a comparison is printed."""

    TERMINAL = "terminal"
    MARKDOWN = "markdown"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True)
class Parameter:
    """A value of a verb: `make NAME=value`, `--name value` or the variable BENCH_NAME.

    `argument` is its name in the verb's function where that is not its own. A positional one is
    given to `harness` without `--name`. A setting is a key of the configuration and no option.
    """

    name: str
    metavar: str
    text: str
    default: str | None = None
    argument: str = ""
    choices: tuple[str, ...] = ()
    most: int | None = None
    is_flag: bool = False
    is_repeated: bool = False
    is_required: bool = False
    is_positional: bool = False
    is_setting: bool = False


@dataclass(frozen=True)
class Verb:
    """A verb: the module `harness.ROOM.NAME` has its function `run`.

    The bootstrap itself runs a verb that has no room, with the standard library alone. A verb that
    starts services needs the programs of a run, and must be the only one. It does not run where
    one of `needs` cannot be installed, and does without what is in `wants`.
    """

    name: str
    text: str
    parameters: tuple[Parameter, ...] = ()
    room: str | None = "commands"
    is_starting: bool = False
    needs: tuple[programs.Need, ...] = ()
    wants: tuple[programs.Need, ...] = ()

    @property
    def module(self) -> str | None:
        """The full name of its module; None where it has no room."""
        return self.room and f"harness.{self.room}.{self.name}"


PROFILE = Parameter("PROFILE", "NAME", "Read the settings of profiles/NAME.toml.", "bench")
SET = Parameter(
    "SET",
    "KEY=VALUE",
    "Change a setting of the profile, as in load.concurrency=32.",
    argument="settings",
    is_repeated=True,
)
BACKEND = Parameter(
    "BACKEND", "NAME", "Run services as native, compose or external.", is_setting=True
)
KEEP = Parameter("KEEP", "1", "Keep the events that are stored already.", is_flag=True)
REPEAT = Parameter("REPEAT", "N", "Run N times and record the runs as one group.", "1", most=100)
GROUP = Parameter("GROUP", "NAME", "Name the group; without, a name is made up.")
RUN = Parameter(
    "RUN",
    "RUN",
    "Choose a run: an id, latest, latest~1 or a path.",
    "latest",
    argument="reference",
)
SERVICE = Parameter("SERVICE", "NAME", "Print the log of this service alone, in full.")
FAULT = Parameter("FAULT", "NAME", "Break only this; without, everything in turn.")
A = Parameter(
    "A",
    "RUN",
    "Compare with this run or group: id, latest~1, path, name.",
    is_required=True,
    is_positional=True,
)
B = replace(A, name="B", text="Compare this run or group with A.")
FORMAT = Parameter(
    "FORMAT",
    "FORMAT",
    f"Print as {', '.join(Format)}.",
    str(Format.TERMINAL),
    argument="form",
    choices=tuple(map(str, Format)),
)
ANYWAY = Parameter("ANYWAY", "1", "Compare runs that are not comparable, too.", is_flag=True)
MARKED = Parameter("MARKED", "1", "Count runs marked disturbed or generator, too.", is_flag=True)
BASE = Parameter("BASE", "REVISION", "Compare with this branch, tag or commit.", is_required=True)
WITHDRAW = Parameter("WITHDRAW", "RUN", "Take a run or group out of the history.")
REASON = Parameter("REASON", "TEXT", "Record why the run is withdrawn.", "")
SQL = Parameter(
    "SQL",
    "QUERY",
    "Run this query; without, standard input or a prompt.",
    argument="query",
    is_positional=True,
)

CONFIGURATION = (PROFILE, SET, BACKEND)

VERBS = {
    verb.name: verb
    for verb in (
        Verb("help", "List the verbs and their parameters.", room=None),
        Verb(
            "all",
            "Set up, start a cluster, run, verify, report, stop.",
            CONFIGURATION,
            is_starting=True,
        ),
        Verb(
            "up",
            "Start the cluster and leave it running.",
            CONFIGURATION,
            is_starting=True,
        ),
        Verb("down", "Stop the cluster."),
        Verb("status", "Show the services of the cluster."),
        Verb("logs", "Print the last lines of each service's log.", (SERVICE,)),
        Verb(
            "bench",
            "Run the benchmark once, or REPEAT times.",
            (*CONFIGURATION, KEEP, REPEAT, GROUP),
            is_starting=True,
        ),
        Verb(
            "smoke",
            "Run each of the 19 calls once.",
            (replace(PROFILE, default="smoke"), *CONFIGURATION[1:], KEEP, REPEAT, GROUP),
            is_starting=True,
        ),
        Verb(
            "faults",
            "Break one thing a run, and count every event.",
            (replace(PROFILE, default="faults"), *CONFIGURATION[1:], FAULT),
            is_starting=True,
            # Without it, one of the faults is not run, and says so.
            wants=(programs.FAKETIME,),
        ),
        Verb(
            "squeeze",
            "Find the smallest memory limit that is enough.",
            CONFIGURATION,
            is_starting=True,
        ),
        Verb("verify", "Count and check all events since the tables were empty."),
        Verb("report", "Write the pages of a run anew from its record.", (RUN,)),
        Verb("open", "Open the page of a run in the browser.", (RUN,)),
        Verb("compare", "Compare two runs or groups.", (A, B, FORMAT, ANYWAY, MARKED)),
        Verb(
            "check",
            "Test whether the working tree is slower than BASE.",
            (BASE, *CONFIGURATION, MARKED),
            is_starting=True,
        ),
        Verb(
            "baseline",
            "Record how often a check is wrong on this host.",
            (*CONFIGURATION, MARKED),
            is_starting=True,
        ),
        Verb(
            "history",
            "Show the trend of all valid runs.",
            (
                replace(PROFILE, default=None, text="Show this profile; without, the last run's."),
                WITHDRAW,
                REASON,
                MARKED,
            ),
        ),
        Verb("sql", "Query Presto by its own client.", (SQL,)),
        Verb(
            "setup",
            "Fetch and prepare what a run needs.",
            CONFIGURATION,
            is_starting=True,
        ),
        Verb(
            "test",
            "Run lint, then every test.",
            room="dev",
            is_starting=True,
            needs=(*programs.BROWSER, programs.COMPOSE),
        ),
        Verb("microbench", "Measure the project's own hot paths; no service.", room="dev"),
        Verb("lint", "Run ruff and mypy.", room="dev"),
        Verb(
            "example",
            "Make docs/example and its picture from a run.",
            (RUN,),
            "dev",
            needs=programs.BROWSER,
        ),
        Verb("lock", "Pin the Python packages and the jars anew.", room="dev", is_starting=True),
        Verb("doctor", "Show what is installed, and what is missing.", room=None),
        Verb("clean", "Stop the cluster, remove all but the results.", room=None),
    )
}

PARAMETERS: dict[str, Parameter] = {}
"""All parameters by name, as the first verb has them."""
for verb in VERBS.values():
    for parameter in verb.parameters:
        PARAMETERS.setdefault(parameter.name, parameter)

VARIABLES = frozenset(PREFIX + name for name, one in PARAMETERS.items() if not one.is_setting)
"""The variables of parameters, which are no keys of the configuration."""
