"""A Kafka that lets in whom it knows, over TLS alone, each with rights of his own."""

import secrets
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from confluent_kafka import KafkaException
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from harness.cluster.backends.local import HOSTS
from harness.cluster.backends.registry import find_backend
from harness.cluster.services import java
from harness.cluster.services.kafka import CLUSTER_ID, KafkaService
from harness.cluster.services.service import (
    HOST,
    NotReady,
    ServiceContext,
    connect,
    properties,
    write,
)
from harness.config.model import Config
from harness.system.child_environment import SERVICE, create_environment
from harness.system.paths import ROOT
from tests.authority import Authority
from tests.pipeline.repository import wait_until

SECURITY = "org.apache.kafka.common.security"
START_S = 60
END_S = 20


@dataclass(frozen=True)
class User:
    """Who comes in by a mechanism, and what he may do with the topics of a prefix."""

    name: str
    password: str
    mechanism: str = "SCRAM-SHA-512"
    rights: frozenset[AclOperation] = frozenset()


ADMIN = User("admin", secrets.token_hex(8))


class Broker(KafkaService):
    """The native broker behind SASL_SSL, at `address`; certificates are by `authority`.

    Another listener, at `misfit`, shows the certificate of another host.
    """

    def __init__(
        self, context: ServiceContext, authority: Authority, users: Iterable[User]
    ) -> None:
        super().__init__(context)
        self.authority = authority
        self._users = (ADMIN, *users)
        ports = self.ports()
        self.address = f"{HOST}:{ports['kafka.port']}"
        self.misfit = f"{HOST}:{ports['misfit']}"

    def ports(self) -> Mapping[str, int]:
        """Those of the native one, and that of the other listener."""
        ports = super().ports()
        return {**ports, "misfit": ports["kafka.controller_port"] + 1}

    def settings(self) -> dict[str, object]:
        """Those of the native one, but for who comes in, and where."""
        secured = f"SASL_SSL://{self.address},MISFIT://{self.misfit}"
        controller = f"CONTROLLER://{HOST}:{self.ports()['kafka.controller_port']}"
        known = "".join(f' user_{user.name}="{user.password}"' for user in self._by("PLAIN"))
        misfit = self.authority.certify("misfit", "DNS:kafka.example")
        scram = f'username="{ADMIN.name}" password="{ADMIN.password}"'
        return {
            **super().settings(),
            "listeners": f"{secured},{controller}",
            "advertised.listeners": secured,
            "listener.security.protocol.map": "SASL_SSL:SASL_SSL,MISFIT:SASL_SSL,"
            "CONTROLLER:PLAINTEXT",
            "inter.broker.listener.name": "SASL_SSL",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
            "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config": f"{SECURITY}.scram"
            f".ScramLoginModule required {scram};",
            "listener.name.misfit.scram-sha-512.sasl.jaas.config": f"{SECURITY}.scram"
            ".ScramLoginModule required;",
            "listener.name.sasl_ssl.plain.sasl.jaas.config": f"{SECURITY}.plain"
            f".PlainLoginModule required{known};",
            "listener.name.misfit.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "ssl.keystore.type": "PEM",
            "ssl.keystore.location": self.authority.certify("broker", f"IP:{HOST}"),
            "ssl.truststore.type": "PEM",
            "ssl.truststore.location": self.authority.ca,
            "listener.name.misfit.ssl.keystore.location": misfit,
            "listener.name.misfit.ssl.keystore.type": "PEM",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            # The broker comes to its own controller without a name, and nobody else can.
            "super.users": f"User:{ADMIN.name};User:ANONYMOUS",
        }

    def prepare(self) -> None:
        """Formats its storage, which holds the users of SCRAM from then on."""
        file = write(self.folder / "server.properties", properties(self.settings()))
        users = [
            f'--add-scram=SCRAM-SHA-512=[name={user.name},password="{user.password}"]'
            for user in self._by("SCRAM-SHA-512")
        ]
        arguments = ["format", "-t", CLUSTER_ID, "-c", str(file), *users]
        java.run(
            self.java(java.lean(self.context), "kafka.tools.StorageTool", arguments),
            self.context.log(self.name),
            START_S,
        )

    def probe(self) -> None:
        """Asks for the topics."""
        connect(self.ports()["kafka.port"])
        try:
            self.admin.list_topics(timeout=1)
        except KafkaException as error:
            raise NotReady(str(error)) from error

    @cached_property
    def admin(self) -> AdminClient:
        """A client that may do all."""
        return AdminClient(
            {
                "log_level": 0,
                "bootstrap.servers": self.address,
                "security.protocol": "SASL_SSL",
                "ssl.ca.location": str(self.authority.ca),
                "sasl.mechanism": ADMIN.mechanism,
                "sasl.username": ADMIN.name,
                "sasl.password": ADMIN.password,
            }
        )

    def allow(self, prefix: str) -> None:
        """Gives all users their rights to the topics of a prefix."""
        bindings = [
            AclBinding(
                ResourceType.TOPIC,
                prefix,
                ResourcePatternType.PREFIXED,
                f"User:{user.name}",
                "*",
                right,
                AclPermissionType.ALLOW,
            )
            for user in self._users
            for right in user.rights
        ]
        for made in self.admin.create_acls(bindings).values():
            made.result(10)

    def _by(self, mechanism: str) -> list[User]:
        return [user for user in self._users if user.mechanism == mechanism]


@contextmanager
def started(
    folder: Path, config: Config, authority: Authority, users: Iterable[User]
) -> Iterator[Broker]:
    """A broker that ends with the block."""
    place = find_backend(ROOT, folder, config).create_context(config)
    (place.folder / "temporary").mkdir(parents=True)
    java.write_hosts(place.folder / HOSTS)
    broker = Broker(place, authority, users)
    broker.claim_ports()
    broker.prepare()
    command, log = broker.command(), place.log(broker.name)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command.arguments,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=create_environment(SERVICE, command.environment),
        )

    def ready() -> bool:
        assert process.poll() is None, log.read_text(encoding="utf-8")
        try:
            broker.probe()
        except NotReady:
            return False
        return True

    try:
        wait_until(ready, START_S)
        yield broker
    finally:
        process.terminate()
        process.wait(END_S)
