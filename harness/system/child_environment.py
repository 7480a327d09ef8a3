"""The environment of a child process: the one place that says what each kind of program inherits.

A variable reaches a program only where its kind names it. So a person's proxies, locale, hidden
options of virtual machines and sites' settings of Spark, Hadoop or pip change no run.
"""

import os
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field

TOKEN = "PIPELINE_CLUSTER"
"""Marks every process of a cluster: children whose parents are gone are still known as ours."""

WITHHELD = "PIPELINE_WITHHELD"
"""Hands the names of withheld variables on, from a process that has them to one without them."""

JAVA_OPTIONS = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS")
"""The variables that every virtual machine reads, whatever it runs; the last has the last word."""

LOOPBACK = ("localhost", "127.0.0.1", "127.0.0.0/8", "::1")

PIP_SETTINGS = frozenset(
    {
        *("index-url", "extra-index-url", "find-links", "no-index", "trusted-host", "proxy"),
        # Two values of these choose where certificates come from: truststore, legacy-certs.
        *("cert", "client-cert", "use-feature", "use-deprecated", "keyring-provider"),
        *("cache-dir", "no-cache-dir", "timeout", "default-timeout", "retries"),
    }
)
"""What our pip takes from its user: index, certificates, proxy, and how patient a download is."""


@dataclass(frozen=True, slots=True)
class Program:
    """A kind of program: the variables that it inherits by name or by prefix, and fixed ones."""

    names: frozenset[str]
    prefixes: tuple[str, ...] = ()
    fixed: Mapping[str, str] = field(default_factory=dict)

    def inherits(self, name: str) -> bool:
        """Return whether the program gets a variable of its parent's environment."""
        return name in self.names or name.startswith(self.prefixes)


def create_environment(
    program: Program, added: Mapping[str, str] | None = None, parent: Mapping[str, str] = os.environ
) -> dict[str, str]:
    """Return a program's environment: what it inherits, what is fixed, then what is `added`."""
    inherited = {name: text for name, text in parent.items() if program.inherits(name)}
    # Python looks for another folder where this one does not serve; Node.js and others fail.
    if not os.access(inherited.get("TMPDIR") or "/tmp", os.W_OK | os.X_OK):
        inherited.pop("TMPDIR", None)
    if program.inherits(JAVA_OPTIONS[0]):
        inherited.pop(JAVA_OPTIONS[0], None)
        inherited |= _keep_network_options(parent)
    if any(inherited.get(name) for name in PROXIES - NO_PROXY):
        inherited |= dict.fromkeys(NO_PROXY, _spare_loopback(parent))
    if WITHHELD in program.names:
        inherited |= {WITHHELD: " ".join(list_withheld(parent=parent))}
    return {**inherited, **program.fixed, **(added or {})}


def list_withheld(
    program: Program | None = None, parent: Mapping[str, str] = os.environ
) -> list[str]:
    """Return the names of variables that would change how services run, and do not reach them.

    `program` is the kind of the services, SERVICE where None. Values may be secrets, and are
    nowhere. Locale and proxies are not among the names: most machines have them.
    """
    influential = {name for name in parent if _INFLUENTIAL.match(name)}
    influential.update(parent.get(WITHHELD, "").split())
    return sorted(name for name in influential if not (program or SERVICE).inherits(name))


_INFLUENTIAL = re.compile(
    r"(TZ|CLASSPATH|SHELLOPTS|BASHOPTS|BASH_ENV|BASH_FUNC_.*|POSIXLY_CORRECT|GLIBC_TUNABLES|LD_.+"
    r"|MALLOC_.+|J(AVA|DK)_.*(OPTIONS|OPTS)|_JAVA_OPTIONS|KRB5\w+|LOG4J\w+|PYTHON[A-Z]\w*"
    r"|(COMPOSE|FLASK|GRANIAN|HADOOP|HDFS|HIVE|KAFKA|PRESTO|PYSPARK|SPARK|YARN)_.+)$"
)


def _keep_network_options(parent: Mapping[str, str]) -> dict[str, str]:
    """Return JAVA_TOOL_OPTIONS with the proxies and certificates of all hidden options alone."""
    kept = [
        option
        for name in JAVA_OPTIONS
        for option in _split_options(parent.get(name, ""))
        if option.startswith(_NETWORK_OPTIONS)
    ]
    return {JAVA_OPTIONS[0]: " ".join(_quote(option) for option in kept)} if kept else {}


_NETWORK_OPTIONS = tuple(
    f"-D{name}"
    for name in (
        *("http.", "https.", "socksProxy", "java.net.", "javax.net.ssl.", "jdk.http.", "jdk.tls."),
    )
)


def _split_options(text: str) -> list[str]:
    """Return the options of a text as Java splits it: quotes group, and nothing escapes."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
    try:
        return list(lexer)
    # A quote that is not closed: Java refuses to start.
    except ValueError:
        return []


def _quote(option: str) -> str:
    if not re.search(r"[\s'\"]", option):
        return option
    return f"'{option}'" if '"' in option else f'"{option}"'


def _spare_loopback(parent: Mapping[str, str]) -> str:
    """Return the hosts that are reached without a proxy, loopback among them."""
    hosts = (parent.get("no_proxy") or parent.get("NO_PROXY") or "").strip()
    # Clients know `*` only where it stands alone.
    if hosts == "*":
        return hosts
    listed = [host for host in re.split(r"[\s,]+", hosts) if host]
    return ",".join([*listed, *(host for host in LOOPBACK if host not in listed)])


def _in_both_cases(*names: str) -> frozenset[str]:
    return frozenset({*names, *map(str.upper, names)})


# Where programs and files are. Python and others may find their own libraries by LD_LIBRARY_PATH
# alone; version managers' `java` and `mvn` are scripts that look up their folders.
PLACES = frozenset({"PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "LD_LIBRARY_PATH", TOKEN})
VERSION_MANAGERS = ("ASDF_", "JENV_", "MISE_", "SDKMAN_")
NO_PROXY = _in_both_cases("no_proxy")
PROXIES = NO_PROXY | _in_both_cases("http_proxy", "https_proxy", "ftp_proxy", "all_proxy")
CERTIFICATES = frozenset({"SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"})
SESSION = frozenset({"XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS"})
# What a person sees: language, terminal, desktop.
LOCALE = frozenset({"LANG", "LANGUAGE", "TZ"})
TERMINAL = frozenset(
    {"TERM", "COLORTERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR_FORCE"}
)
DESKTOP = frozenset({"DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "BROWSER", "DESKTOP_SESSION"})
DESKTOPS = ("XDG_", "GNOME_", "KDE_", "WSL_")

# Output that is parsed, numbers and times, must be the same for everybody.
FIXED = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"}

SERVICE = Program(PLACES, fixed=FIXED)
"""A service of ours, on any backend but external: its settings come from the configuration."""

EXTERNAL_SERVICE = Program(
    PLACES | {"HADOOP_CONF_DIR", "YARN_CONF_DIR", "KRB5_CONFIG", "KRB5CCNAME", "KUBECONFIG"},
    ("AWS_",),
    FIXED,
)
"""A service of ours that works with the engines of others, and proves there who it is."""

TOOL = Program(PLACES, VERSION_MANAGERS, FIXED)
"""A program of the system whose output we read: ab, java, mount, setpriv, sh."""

APT = Program(PLACES | PROXIES | CERTIFICATES | {"APT_CONFIG"}, fixed=FIXED)

GIT = Program(PLACES | {"XDG_CONFIG_HOME", "SUDO_UID"}, ("GIT_CONFIG_",), FIXED)
"""git as its user has set it up, but for the repository that a hook's variables name.

Under sudo it reads the checkout of whoever typed it.
"""

MAVEN = Program(
    PLACES | {"JAVA_HOME", "MAVEN_OPTS", "MAVEN_ARGS", JAVA_OPTIONS[0]}, VERSION_MANAGERS, FIXED
)
"""Maven with its user's own options and settings.xml; of other hidden options, the network's."""

PIP = Program(
    PLACES
    | PROXIES
    | CERTIFICATES
    | {"PIP_CONFIG_FILE", "NETRC", "XDG_CONFIG_HOME", "XDG_CONFIG_DIRS", "XDG_CACHE_HOME"}
    | {f"PIP_{name.upper().replace('-', '_')}" for name in PIP_SETTINGS},
    fixed=FIXED,
)
"""pip and venv."""

UV = Program(
    PIP.names
    | {f"UV_{name}" for name in ("DEFAULT_INDEX", "EXTRA_INDEX_URL", "FIND_LINKS", "NO_INDEX")}
    | {f"UV_{name}" for name in ("CACHE_DIR", "CONFIG_FILE", "HTTP_TIMEOUT", "INSECURE_HOST")}
    | {f"UV_{name}" for name in ("KEYRING_PROVIDER", "NATIVE_TLS", "SYSTEM_CERTS")},
    ("UV_INDEX",),
    FIXED,
)

DOCKER = Program(
    PLACES
    | PROXIES
    | SESSION
    | {"DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "DOCKER_CERT_PATH", "DOCKER_TLS_VERIFY"}
    | {"DOCKER_API_VERSION", "DOCKER_BUILDKIT", "SSH_AUTH_SOCK"},
    fixed=FIXED,
)
"""Docker's client: which engine, and the way to it; COMPOSE_ variables would name other files."""

SYSTEMD = Program(PLACES | SESSION, fixed=FIXED)

PRESTO_CLI = Program(
    PLACES
    | LOCALE
    | TERMINAL
    | {JAVA_OPTIONS[0], "PRESTO_HISTORY_FILE", "PRESTO_PAGER", "LESS", "XDG_CONFIG_HOME"},
    ("LC_",),
    # Java takes the letters of its own jar's path for question marks where LANG names no locale.
    {"LC_ALL": FIXED["LC_ALL"]},
)
"""Presto's client, at which a person sits."""

CHILDREN = {
    "a service, native or in a container": SERVICE,
    "a service on engines of others": EXTERNAL_SERVICE,
    "a program of the system (ab, java, mount, sh)": TOOL,
    "apt": APT,
    "git": GIT,
    "Maven": MAVEN,
    "pip": PIP,
    "uv": UV,
    "Docker's client": DOCKER,
    "systemd-run": SYSTEMD,
    "Presto's client": PRESTO_CLI,
}
"""All kinds of programs that the harness starts, but itself, by what a person calls them."""

HARNESS = Program(
    frozenset().union(*(program.names for program in CHILDREN.values()))
    | DESKTOP
    | {WITHHELD, "CI", "PYTEST_ADDOPTS"},
    (
        *{prefix for program in CHILDREN.values() for prefix in program.prefixes},
        *("BENCH_", "COVERAGE_", "COV_CORE_", *DESKTOPS),
    ),
)
"""Our own Python: what any of its children inherits, the parameters, and a person's desktop."""
