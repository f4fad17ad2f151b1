"""Event source mappings of Kinesis streams: the emulator keeps the settings, local/event-source delivers the records."""

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners


def _enabled(mapping):
    value = mapping.get("Enabled", True)
    return value.lower() != "false" if isinstance(value, str) else bool(value)


def install():
    # The emulator's own delivery loses records (it ignores partial failures), so it must deliver nothing.
    lambda_svc._poll_kinesis = lambda: False

    # A mapping that CloudFormation makes disabled reads back as enabled; the driver must not start it.
    respond = lambda_svc._esm_response
    lambda_svc._esm_response = lambda mapping: {**respond(mapping), "State": "Enabled" if _enabled(mapping) else "Disabled"}

    # Both ways of creating a mapping forget the moment that AT_TIMESTAMP starts from.
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    provision = handlers["create"]

    def create_by_cloudformation(logical_id, properties, stack_name):
        mapping_id, attributes = provision(logical_id, properties, stack_name)
        _keep_timestamp(mapping_id, properties)
        return mapping_id, attributes

    handlers["create"] = create_by_cloudformation
    create = lambda_svc._create_esm

    def create_by_api(request):
        before = set(lambda_svc._esms.keys())
        answer = create(request)
        for mapping_id in set(lambda_svc._esms.keys()) - before:
            _keep_timestamp(mapping_id, request)
        return answer

    lambda_svc._create_esm = create_by_api


def _keep_timestamp(mapping_id, properties):
    mapping = lambda_svc._esms.get(mapping_id)
    if mapping is not None and properties.get("StartingPositionTimestamp") is not None:
        mapping["StartingPositionTimestamp"] = float(properties["StartingPositionTimestamp"])
