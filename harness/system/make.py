"""What was typed to the `make` that runs a verb, by the command line of its process.

Make itself tells neither of a variable that no rule reads nor of one that a later one replaces.
"""

import difflib
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.errors import UsageError
from harness.system.venv import say
from harness.system.verbs import PARAMETERS, PREFIX, VERBS, Verb

_NAMES = frozenset({"make", "gmake"})
_VARIABLE = re.compile(r"\s*([^\s:+?!=#]+)\s*(?::{0,3}|[+?!])=\s*(.*)", re.DOTALL)
# Options whose value may be the next word.
_VALUED = re.compile(
    r"-[^-CEIWfo]*[CEIWfo]"
    r"|--(directory|eval|file|include-dir|makefile|(new|old)-file|assume-(new|old)|what-if)"
)
# Their value is the next word where that is a number.
_COUNTED = re.compile(r"-[^-CEIWfo]*[jl]|--(jobs|load-average)")
# What make reads itself, and what the Makefile does.
_OWN = re.compile(r"MAKE.*|SHELL|\..*|PYTHON")


@dataclass(frozen=True)
class CommandLine:
    """The goals and the variables that were typed to make, in their order."""

    goals: tuple[str, ...]
    variables: tuple[tuple[str, str], ...]


def read_parameters(verb: str) -> dict[str, str]:
    """Return the repeated parameters of which make dropped all but the last, by name.

    Raises UsageError for a variable that is no parameter, that no goal takes, or that was given
    twice. What was typed is not known where no make is above, or its command line is not readable.
    Says which parameters the environment has: its names may be another program's, as tcsh's GROUP.
    """
    for words, environment in _find_makes():
        typed = parse_words(words)
        if verb in (typed.goals or ("help",)):
            repeated = judge_variables(typed)
            for name in find_untyped(VERBS[verb], typed, environment):
                say(f"{name} of the environment is not read: type `make {verb} {name}=…`.")
            return repeated
    return {}


def find_untyped(verb: Verb, typed: CommandLine, environment: Mapping[str, str]) -> list[str]:
    """Return the parameters of a verb that the environment has, and the command line has not."""
    given = {name for name, _ in typed.variables}
    return [
        parameter.name
        for parameter in verb.parameters
        if environment.get(parameter.name)
        and not environment.get(PREFIX + parameter.name)
        and parameter.name not in given
    ]


def parse_words(words: Sequence[str]) -> CommandLine:
    """Return what make reads in the words after its name."""
    goals: list[str] = []
    variables: list[tuple[str, str]] = []
    before, is_option = "", True
    for word in words:
        is_value = is_option and (
            _VALUED.fullmatch(before)
            or (_COUNTED.fullmatch(before) and re.fullmatch(r"[\d.]+", word))
        )
        before = "" if is_value else word
        if is_value:
            continue
        if is_option and word.startswith("-"):
            is_option = word != "--"
        elif variable := _VARIABLE.fullmatch(word):
            variables.append((variable[1], variable[2]))
        else:
            goals.append(word)
    return CommandLine(tuple(goals), tuple(variables))


def judge_variables(typed: CommandLine) -> dict[str, str]:
    """Return the repeated parameters that were given twice; raise UsageError for a wrong one."""
    verbs = [VERBS[goal] for goal in typed.goals if goal in VERBS]
    taken = {parameter.name for verb in verbs for parameter in verb.parameters}
    given: dict[str, list[str]] = {}
    for name, text in typed.variables:
        if name in PARAMETERS:
            given.setdefault(name, []).append(text)
        elif not (name.startswith(PREFIX) or _OWN.fullmatch(name)):
            raise UsageError(
                f"There is no parameter {name}{_suggest(name, taken)}",
                do="`make help` lists them; a variable of the environment goes before `make`",
            )
    for name, texts in given.items():
        # An empty parameter is not given.
        if name not in taken and any(texts):
            takers = [verb.name for verb in VERBS.values() if _takes(verb, name)]
            goals = " ".join(verb.name for verb in verbs) or "help"
            raise UsageError(
                f"`make {goals}` takes no {name}.",
                why=f"it is for {', '.join(takers)}",
                do="leave it out; `make help` lists the parameters of each verb",
            )
        if len(texts) > 1 and not PARAMETERS[name].is_repeated:
            raise UsageError(
                f"{name} is given {len(texts)} times.", why=", ".join(texts), do="give it once"
            )
    return {name: " ".join(filter(None, texts)) for name, texts in given.items() if len(texts) > 1}


def _suggest(name: str, taken: Iterable[str]) -> str:
    """Return the end of the sentence: a parameter like `name`, of those of the verbs first."""
    for known in (sorted(taken), sorted(PARAMETERS)):
        if near := difflib.get_close_matches(name.upper(), known, n=1):
            return f"; did you mean {near[0]}?"
    return "."


def _takes(verb: Verb, name: str) -> bool:
    return any(parameter.name == name for parameter in verb.parameters)


def _find_makes() -> Iterator[tuple[list[str], dict[str, str]]]:
    """Yield the words and the environment of each make above this process, the nearest first.

    A wrapper of Python, or the shell of a recipe, may stand between.
    """
    pid = os.getppid()
    try:
        while pid > 1:
            folder = Path("/proc", str(pid))
            name, *words = (folder / "cmdline").read_bytes().split(b"\0")[:-1]
            if Path(os.fsdecode(name)).name in _NAMES:
                variables = os.fsdecode((folder / "environ").read_bytes()).split("\0")
                environment = dict(text.split("=", 1) for text in variables if "=" in text)
                yield list(map(os.fsdecode, words)), environment
            # The name of a program may hold a parenthesis, too.
            pid = int((folder / "stat").read_bytes().rpartition(b")")[2].split()[1])
    except (OSError, ValueError):
        return
