"""Signatures of requests to the HTTP API (SigV4): the emulator looks whether there is one, and lets a wrong one pass.

Here it is worked out again from the request as it came, by the emulator's own functions, which it uses for whole
services alone (`AUTH`). What a signed identity may do is not asked.
"""

from ministack import app
from ministack.core import iam_evaluator, sigv4

FORBIDDEN = 403, {"Content-Type": "application/json"}, b'{"message":"Forbidden"}'


def is_signed(method, raw_path, query_params, headers, body):
    """Whether a request has a signature for this API that is in time and made with its key's secret."""
    signature = sigv4.parse_header_signature(headers) if headers.get("authorization", "").startswith("AWS4-HMAC-SHA256 ") else None
    if not isinstance(signature, sigv4.HeaderSignature) or signature.service != "execute-api" or sigv4.request_time_failure(signature):
        return False
    if not {"host", "x-amz-date"} <= set(signature.signed_headers.split(";")):
        return False
    credential = iam_evaluator.resolve_credential(signature.access_key_id, None, headers.get("x-amz-security-token", ""))
    if isinstance(credential, iam_evaluator.CredentialResolutionError):
        return False
    return sigv4.header_signature_failure(signature, credential.secret_access_key, method, raw_path, query_params, headers, body) is None


def install():
    handle = app._handle_execute_api_request

    async def handle_signed(host, path, method, headers, body, query_params, raw_path=None, raw_query_string=None):
        reached = app._parse_execute_api_url(host, path)
        if reached is not None:
            api, stage, rest = reached
            stage, rest = app._resolve_stage_and_path(api, stage, rest)
            if app._execute_api_authorization_type(api, stage, method, rest) == "AWS_IAM" and not is_signed(method, raw_path or path, query_params, headers, body):
                return FORBIDDEN
        return await handle(host, path, method, headers, body, query_params, raw_path=raw_path, raw_query_string=raw_query_string)

    app._handle_execute_api_request = handle_signed
