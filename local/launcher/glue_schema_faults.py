"""Errors of the Glue Schema Registry, as the API gives them."""

from ministack.core.responses import error_response_json


class RegistryFault(Exception):
    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status

    def response(self):
        return error_response_json(self.code, self.message, self.status, content_type="application/x-amz-json-1.1", message_key="Message")


def invalid(message):
    return RegistryFault("InvalidInputException", message)


def not_found(message):
    return RegistryFault("EntityNotFoundException", message)


def already_there(message):
    return RegistryFault("AlreadyExistsException", message)


def in_motion(message):
    return RegistryFault("ConcurrentModificationException", message)


def too_many(what, most):
    return RegistryFault("ResourceNumberLimitExceededException", f"More {what} cannot be created. The maximum limit of {most} has been reached.")


def failed(message):
    return RegistryFault("InternalServiceException", message, 500)
