"""CloudFormation types that the emulator does not know, and that a stack may hold without anything running behind them.

An unknown type fails a whole stack. Each type here is one whose absence changes nothing that a local run can observe
but its own describe calls: it is accepted, gets a name, and does nothing. docs/local-cloud.md lists them for users.
A type with a behaviour that others rely on must not be added here: it needs a real implementation.
"""

from ministack.services.cloudformation import provisioners

# type -> the property that names it, and that Ref gives
INERT_TYPES = {
    "AWS::CloudWatch::CompositeAlarm": "AlarmName",
    "AWS::CloudTrail::Trail": "TrailName",
    "AWS::Budgets::Budget": "BudgetName",
    "AWS::Logs::QueryDefinition": "Name",
    "AWS::WAFv2::WebACLAssociation": "ResourceArn",
    "AWS::LakeFormation::DataLakeSettings": "CatalogId",
    # Nothing here listens beyond this machine, and every process reaches every other.
    "AWS::EC2::SecurityGroupIngress": "Id",
    "AWS::EC2::SecurityGroupEgress": "Id",
}


def install():
    for type_name, name_property in INERT_TYPES.items():
        # A later emulator that knows the type keeps its own handler.
        provisioners._RESOURCE_HANDLERS.setdefault(type_name, {"create": _create(name_property), "delete": _delete})
    _accept_metric_math()


def _accept_metric_math():
    """An alarm over metric math deploys, as one over the first of its metrics: no alarm here ever leaves INSUFFICIENT_DATA."""
    record = provisioners._cw_metric_alarm_record

    def with_metric_math(name, properties):
        stats = [metric["MetricStat"] for metric in properties.get("Metrics") or [] if "MetricStat" in metric]
        if not stats:
            return record(name, properties)
        first = stats[0]
        rest = {key: value for key, value in properties.items() if key != "Metrics"}
        return record(name, {**rest, **first["Metric"], "Period": first["Period"], "Statistic": first["Stat"]})

    provisioners._cw_metric_alarm_record = with_metric_math


def _create(name_property):
    def create(logical_id, properties, stack_name):
        name = str(properties.get(name_property) or f"{stack_name}-{logical_id}")
        return name, {}

    return create


def _delete(physical_id, properties):
    return None
