"""Script of the Glue job `ingest-stream`: validates the events of a topic, where an environment says `processing: 'spark'`.

It runs until it is stopped, or until the environment wants another version of it: then it ends between two epochs, and the
schedule that keeps it running starts the new one.
"""

import argparse
import sys

from headrace_spark.faults import described
from headrace_spark.stream import run
from headrace_spark.stream_session import open_stream_session
from headrace_spark.stream_settings import Settings

ARGUMENTS = {
    "environment": "name of the environment",
    "region": "its region",
    "topic": "name of the topic of events",
    "brokers": "<security protocol>://host:port,host:port",
    "cluster": "what tells the cluster from any other",
    "consumer_group": "group whose offsets say how far it has come",
    "checkpoint": "URI below which Spark keeps how far it has come",
    "judge": "URI of the archive with the program that judges",
    "raw_bucket": "bucket of accepted events",
    "quarantine_bucket": "bucket of rejected events",
    "activations_path": "SSM path of the contracts that are active",
    "activation_seconds": "how long before a contract becomes active it is published",
    "tombstones_path": "SSM path of those who were erased",
    "registry_name": "schema registry in Glue",
    "version": "what this run is of",
    "version_parameter": "SSM parameter that says which version is wanted",
    "trigger_seconds": "seconds from an epoch's beginning to the next one's",
    "records_at_once": "records of an epoch, at most",
}
OPTIONAL = {"registry_url": "address of a schema registry other than Glue's", "registry_secret": "secret with its user name and password", "subject_prefix": "stands before the names of its subjects", "accepted_topic": "topic to which accepted events go on that Flink reads"}


def _settings(arguments: list[str]) -> Settings:
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    for name, words in ARGUMENTS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", required=True, help=words)
    for name, words in OPTIONAL.items():
        parser.add_argument(f"--{name.replace('_', '-')}", help=words)
    # Glue gives arguments of its own beside those of the job.
    given, _of_glue = parser.parse_known_args(arguments)
    return Settings(**{**vars(given), "trigger_seconds": int(given.trigger_seconds), "records_at_once": int(given.records_at_once)})


def main(arguments: list[str]) -> None:
    settings = _settings(arguments)
    spark = open_stream_session(f"headrace {settings.environment} ingest")
    try:
        run(spark, settings)
    except Exception as fault:
        # Told in words of this program or by the kinds of causes: what else a fault says may hold an event.
        raise SystemExit(f"the stream has ended: {described(fault)}") from None
    finally:
        spark.stop()


if __name__ == "__main__":
    main(sys.argv[1:])
