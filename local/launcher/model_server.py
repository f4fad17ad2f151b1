"""Serves a model as SageMaker's containers do: `model_server.py DIRECTORY`, a directory with an unpacked model.tar.gz.

The contract is that of AWS's toolkits (sagemaker-containers, sagemaker-inference): GET /ping, POST /invocations, and the four
functions of `code/inference.py`. The first line on stdout says the port, once the model is loaded.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200 if self.path == "/ping" else 404, b"")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            rows = inference.input_fn(body, self.headers.get("Content-Type"))
            answer, content_type = inference.output_fn(inference.predict_fn(rows, model), self.headers.get("Accept"))
        except Exception as fault:  # noqa: BLE001 - whatever it is, the container answers with it
            return self.answer(500, f"{type(fault).__name__}: {fault}".encode(), "text/plain")
        return self.answer(200, answer, content_type)

    def answer(self, status, body, content_type="application/json"):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


directory = Path(sys.argv[1])
sys.path.insert(0, str(directory / "code"))
import inference  # noqa: E402

model = inference.model_fn(str(directory))
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
# Ends with the cloud that started it, however that ended.
parent = os.getppid()
server.timeout = 1
print(json.dumps({"port": server.server_port}), flush=True)
while os.getppid() == parent:
    server.handle_request()
