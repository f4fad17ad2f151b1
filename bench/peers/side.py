"""A side of a measurement: commands are lines of JSON on standard input, answers lines of JSON on file descriptor 3."""

import json
import os
import sys


def serve(answer):
    """Answers each command with what `answer` makes of it, until there are no more."""
    with os.fdopen(3, "w", buffering=1) as replies:
        for line in sys.stdin:
            replies.write(json.dumps(answer(json.loads(line))) + "\n")
