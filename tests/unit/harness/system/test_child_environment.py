"""What each kind of program inherits; in `HOSTILE`, what a person's machine may bring."""

import ast
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from harness.system import child_environment
from harness.system.child_environment import (
    APT,
    DOCKER,
    EXTERNAL_SERVICE,
    GIT,
    HARNESS,
    MAVEN,
    PIP,
    PRESTO_CLI,
    SERVICE,
    SYSTEMD,
    TOKEN,
    TOOL,
    UV,
    Program,
    create_environment,
    list_withheld,
)
from harness.system.paths import ROOT

PROGRAMS = {
    name: program
    for name, program in vars(child_environment).items()
    if isinstance(program, Program)
}
SECRET = "correct-horse"
WITHHELD = {
    "CLASSPATH": "/elsewhere",
    "COMPOSE_FILE": "/elsewhere",
    "GRANIAN_WORKERS": "9",
    "HADOOP_CONF_DIR": "/elsewhere",
    "HADOOP_OPTS": f"-D{SECRET}",
    "HADOOP_USER_NAME": "another",
    "HIVE_CONF_DIR": "/elsewhere",
    "BASH_ENV": "/elsewhere",
    "BASH_FUNC_which%%": "() { :; }",
    "JAVA_TOOL_OPTIONS": "-Duser.language=tr -Duser.country=TR",
    "JDK_JAVA_OPTIONS": "-Xint",
    "KAFKA_OPTS": "-Da=b",
    "LD_PRELOAD": "/elsewhere.so",
    "MALLOC_ARENA_MAX": "1",
    "PYTHONHASHSEED": "1",
    "PYTHONPATH": "/opt/spark/python",
    "PYTHONSAFEPATH": "1",
    "SPARK_CONF_DIR": "/elsewhere",
    "SPARK_LOCAL_DIRS": "/elsewhere",
    "TZ": "Asia/Kolkata",
    "_JAVA_OPTIONS": f"-Xmx600m -D{SECRET}",
}
PLACES = {"PATH": "/bin", "HOME": "/home/a", "TMPDIR": "/var/tmp"}
PROXIES = {"http_proxy": "http://proxy:1", "HTTPS_PROXY": "http://proxy:1", "all_proxy": "socks5h:"}
HOSTILE = {
    **WITHHELD,
    **PLACES,
    **PROXIES,
    "LANG": "tr_TR.UTF-8",
    "LC_ALL": "tr_TR.UTF-8",
    "PIP_USER": "1",
    "PIP_TARGET": "/elsewhere",
    "GIT_DIR": "/elsewhere",
    "GIT_INDEX_FILE": "/elsewhere",
    "DATABASE_PASSWORD": SECRET,
}
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
INDEX = (
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_TRUSTED_HOST", "PIP_CERT", "PIP_PROXY"),
    *("PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_CONFIG_FILE", "NETRC"),
)
# What programs need of whoever starts them.
NEEDED = [
    (PIP, (*PROXIES, *CERTIFICATES, *INDEX)),
    (
        UV,
        (
            *PROXIES,
            *CERTIFICATES,
            *INDEX,
            "UV_INDEX_URL",
            "UV_DEFAULT_INDEX",
            "UV_INDEX_A_USERNAME",
        ),
    ),
    (APT, (*PROXIES, *CERTIFICATES)),
    (MAVEN, ("JAVA_HOME", "MAVEN_OPTS", "MAVEN_ARGS")),
    (GIT, ("XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_COUNT", "GIT_CONFIG_KEY_0")),
    (SYSTEMD, ("XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS")),
    (DOCKER, ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "XDG_RUNTIME_DIR", *PROXIES)),
    (PRESTO_CLI, ("TERM", "LANG", "LC_MESSAGES")),
    (EXTERNAL_SERVICE, ("AWS_ACCESS_KEY_ID", "HADOOP_CONF_DIR", "KRB5_CONFIG")),
    (
        HARNESS,
        (
            *("DISPLAY", "BROWSER", "TERM", "LANG", "LC_ALL", "XDG_RUNTIME_DIR", "JAVA_HOME"),
            *("BENCH_SET", "BENCH_EXTERNAL__KAFKA__PASSWORD", "COVERAGE_PROCESS_START"),
            *(*PROXIES, *CERTIFICATES, *INDEX, "DOCKER_HOST", "AWS_PROFILE", "MAVEN_OPTS"),
        ),
    ),
]


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_every_program_has_its_places_and_the_token_of_its_cluster(program: Program) -> None:
    parent = {**PLACES, TOKEN: "0123", "LD_LIBRARY_PATH": "/opt/python/lib"}
    assert create_environment(program, parent=parent).items() >= parent.items()


@pytest.mark.parametrize(("program", "names"), NEEDED)
def test_what_a_program_needs_stays(program: Program, names: tuple[str, ...]) -> None:
    parent = dict.fromkeys(names, "text")
    assert create_environment(program, parent=parent).items() >= parent.items()


def test_what_is_added_comes_last() -> None:
    added = {"TZ": "Asia/Kolkata", "WORD": "one"}
    assert create_environment(SERVICE, added, {}).items() >= added.items()


@pytest.mark.parametrize("program", [SERVICE, TOOL])
def test_a_service_has_a_fixed_locale_and_zone_and_nothing_else(program: Program) -> None:
    assert create_environment(program, parent=HOSTILE) == {
        **PLACES,
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_no_program_gets_what_changes_runs(program: Program) -> None:
    inherited = create_environment(program, parent=HOSTILE)
    changed = {"PIP_USER", "PIP_TARGET", "GIT_DIR", "GIT_INDEX_FILE", *WITHHELD}
    # Of a person's zone and of external engines' settings, those get it that are for them.
    exempt = {"TZ", *(name for name in EXTERNAL_SERVICE.names if name.startswith("HADOOP"))}
    assert not changed - exempt & inherited.keys()
    assert SECRET not in str(inherited)


def test_what_was_withheld_is_named_and_has_no_value() -> None:
    assert list_withheld(parent=HOSTILE) == sorted(WITHHELD)
    assert list_withheld(EXTERNAL_SERVICE, HOSTILE) == sorted(WITHHELD.keys() - {"HADOOP_CONF_DIR"})
    # The harness no longer has them, and knows of them.
    ours = create_environment(HARNESS, parent=HOSTILE)
    assert list_withheld(parent=ours) == sorted(WITHHELD)
    assert SECRET not in str(ours)


def test_names_without_effect_are_not_withheld() -> None:
    parent = {**PLACES, **PROXIES, "LANG": "C", "PYTHON": "python3", "EDITOR": "ed", "LD": "ld"}
    assert list_withheld(parent=parent) == []


def test_our_own_environment_is_the_same_a_second_time() -> None:
    once = create_environment(HARNESS, parent=HOSTILE)
    assert create_environment(HARNESS, parent=once) == once


@pytest.mark.parametrize("program", [MAVEN, PRESTO_CLI, HARNESS])
def test_of_hidden_options_a_client_gets_proxies_and_certificates(program: Program) -> None:
    parent = {
        "JAVA_TOOL_OPTIONS": "-Xint '-Djavax.net.ssl.trustStore=/a b/c' -Duser.language=tr",
        "JDK_JAVA_OPTIONS": "-Dhttps.proxyHost=proxy",
        "_JAVA_OPTIONS": '-Xmx600m -Dhttp.nonProxyHosts="localhost|a"',
    }
    assert create_environment(program, parent=parent)["JAVA_TOOL_OPTIONS"] == (
        '"-Djavax.net.ssl.trustStore=/a b/c" -Dhttps.proxyHost=proxy'
        " -Dhttp.nonProxyHosts=localhost|a"
    )


@pytest.mark.parametrize("text", ["-Xmx600m", "", "'-Dhttp.proxyHost=a"])
def test_no_hidden_option_is_left_where_none_is_of_the_network(text: str) -> None:
    assert "JAVA_TOOL_OPTIONS" not in create_environment(MAVEN, parent={"JAVA_TOOL_OPTIONS": text})


@pytest.mark.parametrize(
    ("hosts", "expected"),
    [
        ({}, "localhost,127.0.0.1,127.0.0.0/8,::1"),
        ({"no_proxy": "a, .b"}, "a,.b,localhost,127.0.0.1,127.0.0.0/8,::1"),
        ({"NO_PROXY": "::1 localhost"}, "::1,localhost,127.0.0.1,127.0.0.0/8"),
        ({"no_proxy": "*"}, "*"),
    ],
)
@pytest.mark.parametrize("proxy", PROXIES)
def test_loopback_has_no_proxy_and_others_as_the_user_says(
    hosts: dict[str, str], expected: str, proxy: str
) -> None:
    made = create_environment(HARNESS, parent={proxy: "http://proxy:1", **hosts})
    assert (made["no_proxy"], made["NO_PROXY"]) == (expected, expected)


class Answer(BaseHTTPRequestHandler):
    """Answers every request with its own target, as a proxy would see it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.path.encode())

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture
def port() -> Iterator[int]:
    """A server's."""
    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


ASK = """
import sys, urllib.request, requests
for url in sys.argv[1:]:
    print(requests.get(url, timeout=5).text)
    print(urllib.request.urlopen(url, timeout=5).read().decode())
"""


def test_our_clients_ask_a_proxy_for_external_addresses_alone(port: int) -> None:
    here, there = f"http://127.0.0.1:{port}/here", "http://presto.invalid:8080/there"
    proxies = dict.fromkeys(("http_proxy", "ALL_PROXY"), f"http://127.0.0.1:{port}")
    parent = {**os.environ, **proxies, "no_proxy": "another.invalid"}
    asked = subprocess.run(
        [sys.executable, "-c", ASK, here, there],
        env=create_environment(HARNESS, parent=parent),
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.stdout.split() == ["/here", "/here", there, there], asked.stderr


def test_every_start_of_a_child_says_what_it_inherits() -> None:
    starts = {f"subprocess.{name}" for name in ("run", "Popen", "call", "check_output")}
    starts |= {"asyncio.create_subprocess_exec"}
    forbidden = {f"os.{name}" for name in ("execl", "execv", "execvp", "system", "popen")}
    amiss = []
    for path in sorted((ROOT / "harness").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            has_environment = "env" in {keyword.arg for keyword in getattr(node, "keywords", ())}
            if called in forbidden or (called in starts and not has_environment):
                amiss.append(f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}")
    assert amiss == []


def test_the_whole_environment_is_handed_on_nowhere_else() -> None:
    amiss = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "harness").rglob("*.py"))
        if path.name != "child_environment.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if key is None and ast.unparse(value) == "os.environ"
    ]
    assert amiss == []


BOGUS = "raise SystemExit('another package than ours')"


@pytest.mark.parametrize(
    "hostile", [{"PYTHONSAFEPATH": "1"}, {"PYTHONWARNINGS": "error"}, {"PYTHONHOME": "/nowhere"}]
)
def test_make_runs_our_own_packages(tmp_path: Path, hostile: dict[str, str]) -> None:
    for name in ("harness", "json", "click", "pyspark"):
        (tmp_path / f"{name}.py").write_text(BOGUS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), **hostile}
    make = ["make", "-s", f"PYTHON={sys.executable}", "help"]
    said = subprocess.run(
        make, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stderr) == (0, "")


SEEN = """
import json, os, sys
sys.argv[1:] = ["--help"]
from harness import cli, __main__
cli.run_verb = lambda: print(json.dumps(dict(os.environ))) or 0
__main__.main()
"""


def test_the_command_line_starts_anew_without_what_changes_it(tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text(BOGUS, encoding="utf-8")
    parent = {**os.environ, **WITHHELD, "PYTHONPATH": f"{tmp_path}", "LD_PRELOAD": ""}
    said = subprocess.run(
        [sys.executable, "-m", "harness", "--help"],
        cwd=ROOT,
        env={**parent, "PYTHONSAFEPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    seen = subprocess.run(
        [sys.executable, "-Es", "-c", SEEN],
        cwd=ROOT,
        env=create_environment(HARNESS, parent=parent),
        capture_output=True,
        text=True,
        check=False,
    )
    assert WITHHELD.keys() <= {*json.loads(seen.stdout)[child_environment.WITHHELD].split()}


def test_a_folder_for_temporary_files_that_is_not_there_is_left_out() -> None:
    parent = {**PLACES, "TMPDIR": "/nowhere"}
    assert "TMPDIR" not in create_environment(HARNESS, parent=parent)
