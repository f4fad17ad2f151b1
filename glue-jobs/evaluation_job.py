"""Script of the Glue job `evaluate-model`: judges the file that a trainer has left, and the champion's, on rows that the trainer was not given.

A champion that was trained on a later range may have learned from some of them: that makes it harder to pass, and never easier.
It runs after the trainer, as another job with another role: nothing that a trainer writes is a verdict on itself.
"""

import argparse
import json
import sys
import tempfile
from pathlib import Path

from headrace_training.evaluation import Model, evaluate
from headrace_training.places import bring, checksum_of, put, read_request


def main(arguments):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--request", required=True, help="URI of a JSON document, see TrainingRequest in core/model/training-request.ts")
    # Glue gives arguments of its own beside those of the run.
    given, _of_glue = parser.parse_known_args(arguments)
    with tempfile.TemporaryDirectory(prefix="evaluation-") as name:
        directory = Path(name)
        request = read_request(given.request, directory)
        width, file = len(request["inputs"]), bring(f"{request['out']}/model.onnx", directory)
        candidate, champion = Model(request["modelVersion"], file, width), None
        if request["champion"] is not None:
            version, kept = request["champion"]["modelVersion"], bring(request["champion"]["uri"], directory)
            if checksum_of(kept) != request["champion"]["checksum"]:
                raise SystemExit(f"The file of the champion, version {version}, is not what its metadata says, and is not loaded: promote another version.")
            champion = Model(version, kept, width)
        report = evaluate(bring(request["examples"], directory), request, candidate, champion)
        trainer = json.loads(bring(f"{request['out']}/metrics.json", directory).read_text(encoding="utf-8"))
        made = directory / "report.json"
        made.write_text(json.dumps({**report, "checksum": checksum_of(file), "trainer": trainer}, indent=1), encoding="utf-8")
        put(made, request["report"])


if __name__ == "__main__":
    main(sys.argv[1:])
