"""Script of the Glue job `train-model`: runs a trainer on the rows that it may learn from, and keeps the model file that it makes.

The trainer is a process of its own: it gets those rows and nothing else, so that nothing it was not to see is before it.
It is code of the project, in this job's role, which can read training sets: it is kept from accidents, and not from its authors.
"""

import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from headrace_training.places import bring, checksum_of, put, read_request
from headrace_training.rows import write_learned

# Of what a trainer has said, so many lines are its error.
LAST_LINES = 15


def trainer_in(place, trainer):
    """The trainer's file, in an archive or a directory of trainers by the hashes of their content."""
    name = f"{trainer['contentHash']}.py"
    if zipfile.is_zipfile(place):
        with zipfile.ZipFile(place) as archive:
            if name in archive.namelist():
                place = Path(archive.extract(name, place.parent))
    elif (place / name).is_file():
        place = place / name
    if not place.is_file() or checksum_of(place) != trainer["contentHash"]:
        raise SystemExit(f"The trainer {trainer['file']} of this release is not among those that were deployed: deploy again, then train again.")
    return place


def run_trainer(trainer, name, words):
    # A trainer finds the packages that this job has, and the module that writes model files.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, str(trainer), *words], stderr=subprocess.PIPE, text=True, env=environment)
    said = collections.deque(maxlen=LAST_LINES)
    for line in process.stderr:
        sys.stderr.write(line)
        said.append(line)
    if process.wait() != 0:
        raise SystemExit(f"The trainer {name} failed (exit code {process.returncode}):\n{''.join(said)}")


def metrics_in(out, name):
    """What the trainer says of itself; the model file must be there too."""
    for file in ("model.onnx", "metrics.json"):
        if not (out / file).is_file():
            raise SystemExit(f"The trainer {name} has ended and left no {file} in the directory that --out names; it writes model.onnx and metrics.json there.")
    try:
        metrics = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    except ValueError as fault:
        raise SystemExit(f"The metrics.json of the trainer {name} is no JSON: {fault}") from None
    if not isinstance(metrics, dict) or not all(isinstance(value, (int, float)) and abs(value) < float("inf") for value in metrics.values()):
        raise SystemExit(f"The metrics.json of the trainer {name} is an object of numbers, such as {{\"trees\": 200}}; it holds {json.dumps(metrics)[:200]}")
    return metrics


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--request", required=True, help="URI of a JSON document, see TrainingRequest in core/model/training-request.ts")
    parser.add_argument("--trainers", required=True, help="URI of the trainers: an archive or, on one's own machine, a directory")
    # Glue gives arguments of its own beside those of the run.
    given, _of_glue = parser.parse_known_args(arguments)
    with tempfile.TemporaryDirectory(prefix="training-") as name:
        directory = Path(name)
        request = read_request(given.request, directory)
        trainer, out, examples = request["trainer"], directory / "out", directory / "examples.parquet"
        out.mkdir()
        if write_learned(bring(request["examples"], directory), request["inputs"], request["learn"], examples) == 0:
            raise SystemExit(f"The training set has no rows from {request['learn']['from']} to {request['learn']['to']} whose label was known by then. Choose a longer range.")
        run_trainer(trainer_in(bring(given.trainers, directory), trainer), trainer["file"], ["--examples", str(examples), "--inputs", json.dumps(request["inputs"]), "--out", str(out)])
        metrics_in(out, trainer["file"])
        for file in ("model.onnx", "metrics.json"):
            put(out / file, f"{request['out']}/{file}")


if __name__ == "__main__":
    main(sys.argv[1:])
