"""The layers of a configuration: profile file < environment < settings, each over the last."""

import copy
import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from harness.config.external import SECRETS
from harness.config.model import Config
from harness.errors import Missing, UsageError
from harness.system.paths import ROOT
from harness.system.verbs import PREFIX, VARIABLES

# tomllib raises a plain ValueError for a number of more than 4,300 digits.
_UNREADABLE = (ValueError, RecursionError)
_SHOWN = 200


def load_config(
    profile: str,
    settings: Iterable[str] = (),
    environment: Mapping[str, str] = os.environ,
    folder: Path | None = None,
) -> Config:
    """Return the configuration of `profile`, changed by variables and settings.

    Variables are `BENCH_A__B=c`, settings `a.b=c`. Raises UsageError naming the place of an
    unknown key or a value that does not fit, or a file that is no TOML.
    """
    folder = folder or ROOT / "profiles"
    tree = _read(profile, folder)
    check_variables(environment)
    given: dict[str, str] = {}
    for key, value in _from_environment(environment):
        _put(tree, key, value, f"the environment variable {_variable(key)}")
        given[key] = f"the variable {_variable(key)}"
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals or not key.strip():
            raise UsageError(
                f"The setting {setting!r} cannot be read.",
                do='write key=value, as in SET="load.concurrency=32"',
            )
        key, value = key.strip(), value.strip()
        _put(tree, key, value, f"the setting {setting!r}")
        given[key] = f"SET={key}=…"
    try:
        return Config.model_validate({"profile": profile, **tree})
    except ValidationError as error:
        raise UsageError(
            f"The configuration of profile {profile!r} does not hold.",
            why="; ".join(_explain(dict(detail)) for detail in error.errors()),
            do=_advise(error, given, f"{folder.name}/{profile}.toml"),
        ) from error


def restore_config(
    fields: Mapping[str, Any], environment: Mapping[str, str] = os.environ
) -> Config:
    """Return the configuration whose `model_dump` is `fields`; secrets come from `environment`.

    Raises Missing where another version of the harness has dumped it.
    """
    tree = copy.deepcopy(dict(fields))
    if tree.get("external"):
        for key, value in _from_environment(environment):
            if key in SECRETS:
                _put(tree, key, value, key)
    try:
        return Config.model_validate(tree)
    except ValidationError as error:
        fault = error.errors()[0]
        raise Missing(
            "The cluster was started by another version of the harness.",
            why=f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}",
            do="stop it, then run it again: make down",
        ) from error


def check_variables(environment: Mapping[str, str] = os.environ) -> None:
    """Raise UsageError for a variable BENCH_… that is neither a parameter nor a setting."""
    known = _keys(Config)
    for key, _ in _from_environment(environment):
        sections = {one.rpartition(".")[0] for one in known}
        # A table of another program's settings takes any.
        tables = tuple(f"{one}." for one in known if one not in sections)
        if key not in known and not key.startswith(tables):
            names = sorted({*VARIABLES, *map(_variable, known)})
            hint = _hint(_variable(key), names) or "."
            raise UsageError(
                f"There is no parameter and no setting {_variable(key)}{hint}",
                do=f"unset {_variable(key)}, or give it a name that `make help` or a profile has",
            )


def list_profiles(folder: Path) -> list[str]:
    """Return the names of the profiles in `folder`, sorted."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def _read(profile: str, folder: Path) -> dict[str, Any]:
    known = list_profiles(folder)
    if profile not in known:
        raise UsageError(
            f"There is no profile {profile!r}.",
            do=f"use one of: {', '.join(known)}" + _hint(profile, known),
        )
    path = folder / f"{profile}.toml"
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except _UNREADABLE as error:
        raise UsageError(f"{folder.name}/{path.name} is no TOML.", why=str(error)) from error
    except OSError as error:
        why = error.strerror or str(error)
        raise UsageError(f"{folder.name}/{path.name} cannot be read.", why=why) from error


def _from_environment(environment: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for name in sorted(environment):
        rest = name.removeprefix(PREFIX)
        if rest != name and name not in VARIABLES and environment[name] != "":
            yield rest.lower().replace("__", "."), environment[name]


def _variable(key: str) -> str:
    return PREFIX + key.upper().replace(".", "__")


def _put(tree: dict[str, Any], key: str, text: str, source: str) -> None:
    *sections, leaf = key.split(".")
    node = tree
    for section in sections:
        node = node.setdefault(section, {})
        if not isinstance(node, dict):
            raise UsageError(f"{source} names {key!r}, but {section!r} is no section.")
    # A password of digits is a text.
    node[leaf] = text if key in SECRETS else _value(text)


def _value(text: str) -> object:
    """Return a text as a TOML value, or as it is: a string needs no quotes."""
    try:
        tree = tomllib.loads(f"value = {text}")
    except _UNREADABLE:
        return text
    # A text of several lines may go on with other keys, which would be lost.
    return tree["value"] if tree.keys() == {"value"} else text


def _explain(detail: dict[str, Any]) -> str:
    # A key of TOML may hold anything, even the end of a line.
    place = _shortened(".".join(str(part) for part in detail["loc"])) or "the whole"
    if detail["type"] != "extra_forbidden":
        if place in SECRETS or isinstance(detail["input"], dict):
            return f"{place}: {_shortened(detail['msg'])}"
        return f"{place}: {_shortened(detail['msg'])} (it is {_shortened(repr(detail['input']))})"
    known = _keys(Config)
    return f"{place}: no such key{_hint(place, known)}"


def _advise(error: ValidationError, given: Mapping[str, str], path: str) -> str:
    """Return what to change: settings that were `given` at a fault's place, else the file."""
    changed: dict[str, None] = {}
    for fault in error.errors():
        place = ".".join(map(str, fault["loc"]))
        # A section's fault may be that of any of its keys.
        found = [key for key in given if not place or f"{key}.".startswith(f"{place}.")]
        found += [key for key in given if place.startswith(f"{key}.")]
        texts = [given[key] for key in found] or [path]
        near = _nearest(place, _keys(Config)) if fault["type"] == "extra_forbidden" else ""
        if near and found == [place]:
            texts = [f"{given[place]} to {given[place].replace(place, near)}"]
        changed |= dict.fromkeys(map(_shortened, texts))
    return f"change {', '.join(changed)}"


def _shortened(text: str) -> str:
    """Return the text in one line that a terminal can show."""
    printable = "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )
    return printable if len(printable) <= _SHOWN else f"{printable[: _SHOWN - 1]}…"


def _keys(model: type[BaseModel], prefix: str = "") -> list[str]:
    keys = []
    for name, field in model.model_fields.items():
        keys.append(prefix + name)
        for inner in (field.annotation, *get_args(field.annotation)):
            if isinstance(inner, type) and issubclass(inner, BaseModel):
                keys += _keys(inner, f"{prefix}{name}.")
    return keys


def _hint(word: str, known: list[str]) -> str:
    near = _nearest(word, known)
    return f"; did you mean {near!r}?" if near else ""


def _nearest(word: str, known: list[str]) -> str:
    """Return the known word that is most like a word; empty where none is."""
    return next(iter(difflib.get_close_matches(word, known, n=1, cutoff=0.5)), "")
