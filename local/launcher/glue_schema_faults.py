"""Errors of the Glue Schema Registry, as the API gives them."""

from ministack.core.responses import error_response_json


class RegistryFault(Exception):
    def __init__(self, code, message):
        super().__init__(message)
        self.code = code
        self.message = message

    def response(self):
        return error_response_json(self.code, self.message, 400, content_type="application/x-amz-json-1.1", message_key="Message" if self.code.endswith("Exception") else "message")


def access_denied(action):
    return RegistryFault("AccessDeniedException", f"User is not authorized to perform: glue:{action}")


def throttling():
    return RegistryFault("ThrottlingException", "Rate exceeded")
