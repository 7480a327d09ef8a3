"""The committed page of licences names all that is installed."""

import re
from importlib import metadata
from typing import Any

import pytest

from harness.cluster import artifacts
from harness.dev import licences

LINES = """
Lists of 3 third-party dependencies.
     (Public Domain) AOP alliance (aopalliance:aopalliance:1.0 - http://aopalliance.sourceforge.net)
     (EPL 2.0) (The GNU General Public License (GPL), Version 2) HK2 (core) (org.hk2:hk2-api:2.6.1 - no url defined)
     (MIT) one:two (a.b:c_2.13:3 - https://c.example/x(y))
"""  # noqa: E501
STALE = "generate it anew: python -m harness.dev.licences"


def rows() -> dict[str, str]:
    """The licence of each package and artifact on the page."""
    text = licences.PATH.read_text(encoding="utf-8").replace("\\", "")
    return dict(re.findall(r"^\| (\S+) +\| (.+?) +\|$", text, re.MULTILINE))


def test_lines_of_maven_s_plugin() -> None:
    assert licences.jars(LINES) == {
        "aopalliance:aopalliance": "Public Domain",
        "org.hk2:hk2-api": "EPL 2.0; The GNU General Public License (GPL), Version 2",
        "a.b:c_2.13": "MIT",
    }


@pytest.mark.parametrize(
    ("text", "licence"),
    [
        ("License-Expression: MIT\nLicense: X", "MIT"),
        ("License: Apache 2.0\nClassifier: License :: OSI Approved :: Other", "Apache 2.0"),
        ("License: A\n B\nClassifier: License :: OSI Approved :: ISC License", "ISC License"),
        ("Classifier: License :: DFSG approved", licences.NOT_STATED),
        ("Summary: none", licences.NOT_STATED),
    ],
)  # fmt: skip
def test_a_package_states_its_licence_in_several_ways(
    text: str, licence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Told(metadata.Distribution):
        def read_text(self, filename: str) -> str | None:
            return f"Metadata-Version: 2.4\nName: one\n{text}\n" if filename == "METADATA" else None

        def locate_file(self, path: object) -> Any:
            raise AssertionError(path)

    monkeypatch.setattr(metadata, "distribution", lambda _: Told())
    assert licences.package("one") == licence


def test_every_package_is_on_the_page() -> None:
    found = licences.packages()
    assert len(found) > 50
    assert found.items() <= rows().items(), STALE


def test_every_jar_is_on_the_page() -> None:
    listed = {name.partition(":")[2] for name in rows() if ":" in name}
    text = artifacts.LOCK.read_text(encoding="utf-8")
    jars = {path.rpartition("/")[2] for path in re.findall(r"  (\S+\.jar)$", text, re.MULTILINE)}
    assert len(jars) > 300
    unknown = [jar for jar in jars if not any(jar.startswith(f"{name}-") for name in listed)]
    assert unknown == [], STALE
