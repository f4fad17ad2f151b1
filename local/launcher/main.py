"""Starts the AWS emulator of the local cloud (MiniStack, pinned in local/requirements.txt) with what it lacks.

Reads its settings from the environment, which local/cloud.ts makes: GATEWAY_PORT, HEADRACE_LOCAL_DATA (a directory),
HEADRACE_LOCAL_SAVE_SECONDS, HEADRACE_LOCAL_SPARK and HEADRACE_LOCAL_FLINK (directories), HEADRACE_LOCAL_CALLS (a directory, when calls are recorded). Nothing of the emulator's files is changed: each extension replaces functions that the
emulator looks up by name when it runs. These are its internals, so the version is checked before anything else.
"""

import importlib.metadata
import os
import sys
from pathlib import Path

EMULATOR_VERSION = "1.5.33"

data = Path(os.environ["HEADRACE_LOCAL_DATA"])
port = os.environ["GATEWAY_PORT"]

# The emulator reads these when it is imported. S3 objects go to disk as they are put, everything else into snapshots.
os.environ.update({
    "BIND_HOST": "127.0.0.1",
    "PERSIST_STATE": "1",
    "STATE_DIR": str(data / "state"),
    "S3_PERSIST": "1",
    "S3_DATA_DIR": str(data / "s3"),
    # Listeners of services that nothing here uses; they would take ports of their own.
    "SFTP_ENABLED": "0",
    "IOT_MTLS_ENABLED": "0",
})

installed = importlib.metadata.version("ministack")
if installed != EMULATOR_VERSION:
    sys.exit(f"The local cloud needs MiniStack {EMULATOR_VERSION}, but {installed} is installed in {sys.prefix}. Install local/requirements.txt there.")

import ministack.app as app  # noqa: E402 - the settings above must stand before this line

import api_signatures  # noqa: E402
import async_failures  # noqa: E402
import calls  # noqa: E402
import event_source  # noqa: E402
import flink_applications  # noqa: E402
import glue_jobs  # noqa: E402
import glue_schema_registry  # noqa: E402
import http2  # noqa: E402
import kinesis_store  # noqa: E402
import lambda_code  # noqa: E402
import lambda_worker  # noqa: E402
import msk_clusters  # noqa: E402
import principals  # noqa: E402
import queue_source  # noqa: E402
import resource_types  # noqa: E402
import s3_checksums  # noqa: E402
import sagemaker_endpoints  # noqa: E402
import schedule_attributes  # noqa: E402
import snapshot  # noqa: E402
import status  # noqa: E402

api_signatures.install()
async_failures.install()
event_source.install()
glue_jobs.install(os.environ["HEADRACE_LOCAL_SPARK"], port)
http2.install()
kinesis_store.install()
lambda_code.install(data / "lambda-code")
lambda_worker.install()
msk_clusters.install()
principals.install()
queue_source.install()
resource_types.install()
s3_checksums.install()
schedule_attributes.install()
snapshot.install(app, data / "state" / "snapshot.pickle", EMULATOR_VERSION, float(os.environ.get("HEADRACE_LOCAL_SAVE_SECONDS", "5")))
glue_schema_registry.install(app)
sagemaker_endpoints.install(app, port)
flink_applications.install(app, os.environ["HEADRACE_LOCAL_FLINK"], data / "flink")
# What the others replaced is noted as it is done.
calls.install(app)
status.install(app, {"data": str(data), "port": int(port), "emulator": EMULATOR_VERSION})

sys.argv = ["ministack"]
app.main()
