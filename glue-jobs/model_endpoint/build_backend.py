"""Builds the wheel of inference.py with nothing but Python itself (PEP 517, in-tree): an endpoint starts without a package index."""

import base64
import hashlib
import zipfile
from pathlib import Path

NAME, VERSION = "headrace_model_endpoint", "1"
DATED = f"{NAME}-{VERSION}.dist-info"


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    files = {
        "inference.py": (Path(__file__).parent / "inference.py").read_bytes(),
        f"{DATED}/METADATA": f"Metadata-Version: 2.1\nName: {NAME}\nVersion: {VERSION}\n".encode(),
        f"{DATED}/WHEEL": b"Wheel-Version: 1.0\nGenerator: headrace\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    hashes = {name: base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode() for name, content in files.items()}
    record = "".join(f"{name},sha256={hashes[name]},{len(content)}\n" for name, content in files.items()) + f"{DATED}/RECORD,,\n"
    wheel = f"{NAME}-{VERSION}-py3-none-any.whl"
    with zipfile.ZipFile(Path(wheel_directory) / wheel, "w") as archive:
        for name, content in {**files, f"{DATED}/RECORD": record.encode()}.items():
            archive.writestr(name, content)
    return wheel
