"""Script of the Glue job `lake-spark`: does what a document in the lake asks for, and writes its answer beside it."""

import argparse
import json
import sys
from urllib.parse import urlparse

import boto3

from headrace_spark.dataset import take_batch
from headrace_spark.events import merge_events
from headrace_spark.faults import described
from headrace_spark.session import open_session
from headrace_spark.training_set import make_training_set

WORK = {"batch": take_batch, "events": merge_events, "training set": make_training_set}


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--request", required=True, help="URI of a JSON document; its member `work` says what is asked for")
    # Glue gives arguments of its own beside those of the run.
    given, _of_glue = parser.parse_known_args(arguments)
    place = urlparse(given.request)
    s3, key = boto3.client("s3"), place.path.lstrip("/")
    request = json.loads(s3.get_object(Bucket=place.netloc, Key=key)["Body"].read())
    spark = open_session(f"headrace {request['work']}")
    try:
        answer = WORK[request["work"]](spark, request)
    except Exception as fault:
        # What Spark says of a line that it cannot read holds the line; the pipeline's failure goes to a topic.
        raise SystemExit(f"{request['work']} of {request.get('of') or request['table']['name']} failed: {described(fault)}") from None
    finally:
        spark.stop()
    s3.put_object(Bucket=place.netloc, Key=key.removesuffix("request.json") + "answer.json", Body=json.dumps(answer, ensure_ascii=False).encode(), ContentType="application/json")


if __name__ == "__main__":
    main(sys.argv[1:])
