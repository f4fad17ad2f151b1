"""What a stream is told by its job's arguments, and what follows from it."""

import json
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    environment: str
    region: str
    topic: str
    brokers: str
    cluster: str
    consumer_group: str
    checkpoint: str
    judge: str
    raw_bucket: str
    quarantine_bucket: str
    activations_path: str
    activation_seconds: str
    tombstones_path: str
    registry_name: str
    version: str
    version_parameter: str
    trigger_seconds: int
    records_at_once: int
    registry_url: str | None = None
    registry_secret: str | None = None
    subject_prefix: str | None = None
    accepted_topic: str | None = None


def client_options(brokers: str) -> dict[str, str]:
    """Options of a client of Kafka's for brokers as the stack that makes the cluster writes them.

    With IAM a connection is signed by the role of the job, whose keys the library finds as AWS's own clients do.
    """
    protocol, _, addresses = brokers.partition("://")
    if protocol not in ("SASL_SSL", "PLAINTEXT") or not addresses:
        raise ValueError(f"'{brokers}' says nothing of brokers; it must be SASL_SSL://host:port,host:port, as the stack that makes the cluster gives it: deploy it again")
    common = {"bootstrap.servers": addresses, "security.protocol": protocol}
    if protocol == "PLAINTEXT":
        return common
    return {
        **common,
        "sasl.mechanism": "AWS_MSK_IAM",
        "sasl.jaas.config": "software.amazon.msk.auth.iam.IAMLoginModule required;",
        "sasl.client.callback.handler.class": "software.amazon.msk.auth.iam.IAMClientCallbackHandler",
    }


# The first record that is kept, as Spark's source spells it.
EARLIEST = -2


def starting_offsets(topic: str, earliest: dict[int, int], committed: dict[int, int]) -> str:
    """Where a stream without a checkpoint begins: where the consumer group stands, or else with the first record that is kept."""
    begin = {str(partition): committed[partition] if committed.get(partition, EARLIEST) >= first else EARLIEST for partition, first in sorted(earliest.items())}
    return json.dumps({topic: begin})


def held_back(committed: dict[int, int], stable: dict[int, int], ends: dict[int, int]) -> list[int]:
    """Partitions that somebody has read beyond the first open transaction; one read beyond its end is of another topic of that name."""
    return [partition for partition, offset in sorted(committed.items()) if stable.get(partition, offset) < offset <= ends.get(partition, -1)]
