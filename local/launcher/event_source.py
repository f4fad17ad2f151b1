"""Event source mappings of Kinesis streams and of topics of MSK: the emulator keeps the settings, local/event-source delivers the records."""

from ministack.services import lambda_svc
from ministack.services.cloudformation import provisioners


# What a mapping of MSK has beside what the emulator keeps.
KAFKA = ("Topics", "AmazonManagedKafkaEventSourceConfig", "SourceAccessConfigurations", "ProvisionedPollerConfig", "MetricsConfig")
# Where nothing is said of these, the emulator keeps another source's defaults.
DEFAULTS = {"BatchSize": 100, "MaximumBatchingWindowInSeconds": 0.5}


def _enabled(mapping):
    value = mapping.get("Enabled", True)
    return value.lower() != "false" if isinstance(value, str) else bool(value)


def install():
    # The emulator's own delivery loses records (it ignores partial failures), so it must deliver nothing.
    lambda_svc._poll_kinesis = lambda: False

    # A mapping that CloudFormation makes disabled reads back as enabled; the driver must not start it.
    respond = lambda_svc._esm_response
    lambda_svc._esm_response = lambda mapping: {**respond(mapping), "State": "Enabled" if _enabled(mapping) else "Disabled"}

    # Both ways of creating a mapping forget the moment that AT_TIMESTAMP starts from, and what is Kafka's alone.
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::EventSourceMapping"]
    provision = handlers["create"]

    def create_by_cloudformation(logical_id, properties, stack_name):
        mapping_id, attributes = provision(logical_id, properties, stack_name)
        _keep(mapping_id, properties)
        return mapping_id, attributes

    handlers["create"] = create_by_cloudformation
    change = handlers["update"]

    def update_by_cloudformation(physical_id, old_properties, new_properties, stack_name):
        answer = change(physical_id, old_properties, new_properties, stack_name)
        _keep(answer[0] if isinstance(answer, tuple) else physical_id, new_properties)
        return answer

    handlers["update"] = update_by_cloudformation
    # By its API the emulator takes no mapping of MSK, though CloudFormation may make one.
    validate = lambda_svc._validate_event_source_arn

    def validate_source(arn):
        spec, fault = lambda_svc._parse_required_arn(arn, "eventSourceArn")
        if fault or spec.service != "kafka":
            return validate(arn)
        fault = lambda_svc._require_same_account_region_arn(spec, arn, "event source")
        return (None, fault) if fault else (spec, None)

    lambda_svc._validate_event_source_arn = validate_source
    create = lambda_svc._create_esm

    def create_by_api(request):
        before = set(lambda_svc._esms.keys())
        answer = create(request)
        for mapping_id in set(lambda_svc._esms.keys()) - before:
            _keep(mapping_id, request)
        return answer

    lambda_svc._create_esm = create_by_api


def _keep(mapping_id, properties):
    mapping = lambda_svc._esms.get(mapping_id)
    if mapping is None:
        return
    if properties.get("StartingPositionTimestamp") is not None:
        mapping["StartingPositionTimestamp"] = float(properties["StartingPositionTimestamp"])
    if ":kafka:" in mapping["EventSourceArn"]:
        mapping.update({key: properties[key] for key in KAFKA if key in properties})
        mapping.update({key: value for key, value in DEFAULTS.items() if properties.get(key) is None})
