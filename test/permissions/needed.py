"""Which permissions a call needs on AWS: IAM actions, each on a resource, with what a condition may ask.

Sources: the service authorization reference; S3 user guide, "Required permissions for Amazon S3 API operations" and
"Conditional writes"; SNS, KMS and Glue developer guides. A call that is not known here is an error, not allowed by silence.
"""

import re
from xml.etree import ElementTree

# A resource that the request does not name: the action must be allowed on some.
UNTOLD = None


class NotKnown(Exception):
    """A call whose permissions are not known here."""


def arn(call, service, resource):
    return f"arn:aws:{service}:{call['region']}:{call['account']}:{resource}"


def named(call, service, kind, name):
    """An ARN where a parameter takes a name or the ARN itself."""
    return name if name.startswith("arn:") else arn(call, service, f"{kind}{name}")


# ---- S3

READS = {"GetObject", "HeadObject"}
PARTS = {"PutObject", "CreateMultipartUpload", "UploadPart", "CompleteMultipartUpload"}
S3_BUCKET = {"ListObjectsV2": "ListBucket", "ListObjects": "ListBucket", "HeadBucket": "ListBucket", "ListObjectVersions": "ListBucketVersions", "ListMultipartUploads": "ListBucketMultipartUploads",
             "GetBucketLocation": "GetBucketLocation", "GetBucketEncryption": "GetEncryptionConfiguration", "GetBucketVersioning": "GetBucketVersioning"}
S3_OBJECT = {"AbortMultipartUpload": "AbortMultipartUpload", "ListParts": "ListMultipartUploadParts", "GetObjectLegalHold": "GetObjectLegalHold", "GetObjectRetention": "GetObjectRetention",
             "PutObjectLegalHold": "PutObjectLegalHold", "PutObjectRetention": "PutObjectRetention"}
S3_WITH_HEADER = {"x-amz-tagging": "PutObjectTagging", "x-amz-acl": "PutObjectAcl", "x-amz-object-lock-mode": "PutObjectRetention", "x-amz-object-lock-legal-hold": "PutObjectLegalHold"}


def _deleted(body):
    for element in ElementTree.fromstring(body).iter():
        if element.tag.rpartition("}")[2] == "Object":
            parts = {child.tag.rpartition("}")[2]: child.text for child in element}
            yield parts["Key"], "VersionId" in parts


def _copied(source):
    path, _, version = source.lstrip("/").partition("?versionId=")
    return f"arn:aws:s3:::{path.replace('%2F', '/')}", "GetObjectVersion" if version else "GetObject"


def s3(call, operation, parameters, keys):
    bucket = f"arn:aws:s3:::{parameters['Bucket']}"
    thing = f"{bucket}/{parameters.get('Key', '')}"
    key = keys.get(parameters["Bucket"])
    headers = call.get("headers", {})
    if operation in S3_BUCKET:
        yield f"s3:{S3_BUCKET[operation]}", bucket
    elif operation in READS:
        yield ("s3:GetObjectVersion" if "VersionId" in parameters else "s3:GetObject"), thing
        if key:
            yield "kms:Decrypt", key
    elif operation in PARTS | {"CopyObject", "UploadPartCopy"}:
        yield "s3:PutObject", thing
        yield from ((f"s3:{action}", thing) for header, action in S3_WITH_HEADER.items() if header in headers)
        if "if-match" in headers:
            # A write that compares reads what it compares with.
            yield "s3:GetObject", thing
        if key:
            yield "kms:GenerateDataKey", key
        if key and operation != "PutObject" and operation != "CopyObject":
            # The parts of an upload are encrypted with one data key, which each of them reads.
            yield "kms:Decrypt", key
        if "CopySource" in parameters:
            source, action = _copied(parameters["CopySource"])
            yield f"s3:{action}", source
            if keys.get(source.split(":::")[1].partition("/")[0]):
                yield "kms:Decrypt", keys[source.split(":::")[1].partition("/")[0]]
    elif operation == "DeleteObject":
        yield ("s3:DeleteObjectVersion" if "VersionId" in parameters else "s3:DeleteObject"), thing
    elif operation == "DeleteObjects":
        yield from (("s3:DeleteObjectVersion" if is_version else "s3:DeleteObject", f"{bucket}/{name}") for name, is_version in _deleted(call["body"]))
    elif operation in S3_OBJECT:
        yield f"s3:{S3_OBJECT[operation]}", thing
    else:
        raise NotKnown(operation)


# ---- DynamoDB

TRANSACTED = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem", "Get": "GetItem"}


def dynamodb(call, operation, parameters, keys):
    def table(name):
        return named(call, "dynamodb", "table/", name)

    if "TransactItems" in parameters:
        for item in parameters["TransactItems"]:
            yield from ((f"dynamodb:{TRANSACTED[kind]}", table(detail["TableName"])) for kind, detail in item.items())
    elif "RequestItems" in parameters:
        yield from ((f"dynamodb:{operation}", table(name)) for name in parameters["RequestItems"])
    elif "TableName" in parameters:
        index = f"/index/{parameters['IndexName']}" if "IndexName" in parameters else ""
        yield f"dynamodb:{operation}", table(parameters["TableName"]) + index
    else:
        raise NotKnown(operation)


# ---- Glue

SCHEMAS = {"CreateSchema", "GetSchema", "GetSchemaByDefinition", "ListSchemaVersions", "PutSchemaVersionMetadata", "RegisterSchemaVersion", "UpdateSchema", "GetSchemaVersion", "DeleteSchema"}
JOBS = {"StartJobRun", "GetJobRun", "GetJobRuns", "BatchStopJobRun"}


def glue(call, operation, parameters, keys):
    database = parameters.get("DatabaseName") or (parameters.get("Name") if operation == "GetDatabase" else None)
    if operation in JOBS:
        yield f"glue:{operation}", arn(call, "glue", f"job/{parameters['JobName']}")
    elif operation in ("CreateRegistry", "GetRegistry"):
        registry = parameters.get("RegistryName") or parameters["RegistryId"]["RegistryName"]
        yield f"glue:{operation}", arn(call, "glue", f"registry/{registry}")
    elif operation in SCHEMAS:
        schema = parameters.get("SchemaId", {})
        registry = schema.get("RegistryName") or parameters.get("RegistryId", {}).get("RegistryName")
        name = schema.get("SchemaName") or parameters.get("SchemaName")
        if registry and name and operation != "GetSchemaVersion":
            yield f"glue:{operation}", arn(call, "glue", f"registry/{registry}")
            yield f"glue:{operation}", arn(call, "glue", f"schema/{registry}/{name}")
        elif operation == "GetSchemaVersion":
            # A version that is asked for by its id takes no resource (Glue developer guide, "IAM examples for deserializers").
            yield f"glue:{operation}", "*"
        else:
            # Its id tells Glue which schema it is of; the example for serializers names registry and schema.
            yield f"glue:{operation}", UNTOLD
    elif database and re.search(r"(Database|Tables?|Partitions?)$", operation):
        table = parameters.get("TableName") or (parameters.get("TableInput") or {}).get("Name") or (parameters.get("Name") if operation != "GetDatabase" else None)
        # A table is allowed where its database and its catalog are, too.
        yield f"glue:{operation}", arn(call, "glue", "catalog")
        yield f"glue:{operation}", arn(call, "glue", f"database/{database}")
        if operation != "GetDatabase":
            yield f"glue:{operation}", arn(call, "glue", f"table/{database}/{table or '*'}")
    else:
        raise NotKnown(operation)


# ---- others


def kinesis(call, operation, parameters, keys):
    name = parameters.get("StreamARN") or parameters.get("StreamName")
    # An iterator says of which stream it is, but not to us.
    yield f"kinesis:{operation}", named(call, "kinesis", "stream/", name) if name else UNTOLD


def ssm(call, operation, parameters, keys):
    names = [parameters[each] for each in ("Name", "Path") if each in parameters] + parameters.get("Names", [])
    if not names:
        raise NotKnown(operation)
    yield from ((f"ssm:{operation}", arn(call, "ssm", f"parameter/{name.lstrip('/')}")) for name in names)


def sqs(call, operation, parameters, keys):
    yield f"sqs:{operation}", arn(call, "sqs", parameters["QueueUrl"].rsplit("/", 1)[-1])


def sns(call, operation, parameters, keys):
    topic = parameters["TopicArn"]
    yield f"sns:{operation}", topic
    if operation == "Publish" and keys.get(topic):
        yield "kms:GenerateDataKey", keys[topic]
        yield "kms:Decrypt", keys[topic]


def lambda_(call, operation, parameters, keys):
    name = named(call, "lambda", "function:", parameters["FunctionName"])
    yield "lambda:InvokeFunction" if operation == "Invoke" else f"lambda:{operation}", f"{name}:{parameters['Qualifier']}" if "Qualifier" in parameters else name


def states(call, operation, parameters, keys):
    thing = parameters.get("stateMachineArn") or parameters.get("executionArn")
    if thing is None:
        raise NotKnown(operation)
    yield f"states:{operation}", thing


def kafka(call, operation, parameters, keys):
    if operation not in ("GetBootstrapBrokers", "DescribeClusterV2"):
        raise NotKnown(operation)
    yield f"kafka:{operation}", parameters["ClusterArn"]


def secretsmanager(call, operation, parameters, keys):
    name = parameters["SecretId"]
    # Secrets Manager ends the ARN of a secret with six characters of its own.
    yield f"secretsmanager:{operation}", name if name.startswith("arn:") else arn(call, "secretsmanager", f"secret:{name}-AAAAAA")


def logs(call, operation, parameters, keys):
    yield f"logs:{operation}", arn(call, "logs", f"log-group:{parameters['logGroupName']}:log-stream:{parameters.get('logStreamName', '')}")


def sagemaker(call, operation, parameters, keys):
    kinds = {"InvokeEndpoint": ("endpoint", "EndpointName"), "CreateTrainingJob": ("training-job", "TrainingJobName"), "DescribeTrainingJob": ("training-job", "TrainingJobName"), "StopTrainingJob": ("training-job", "TrainingJobName"),
             "AddTags": ("", "ResourceArn"), "DescribeEndpoint": ("endpoint", "EndpointName"), "UpdateEndpoint": ("endpoint", "EndpointName")}
    if operation not in kinds:
        raise NotKnown(operation)
    kind, parameter = kinds[operation]
    yield f"sagemaker:{operation}", named(call, "sagemaker", f"{kind}/", parameters[parameter])
    if "RoleArn" in parameters:
        yield "iam:PassRole", parameters["RoleArn"], {"iam:PassedToService": "sagemaker.amazonaws.com"}


SERVICES = {"s3": s3, "dynamodb": dynamodb, "glue": glue, "kinesis": kinesis, "ssm": ssm, "sqs": sqs, "sns": sns, "lambda": lambda_, "states": states, "secretsmanager": secretsmanager, "logs": logs, "kafka": kafka,
            "sagemaker": sagemaker, "sagemaker-runtime": sagemaker}

# Needs no permission of anyone's.
FREE = {("sts", "GetCallerIdentity")}


def needed(call, operation, parameters, keys):
    """(action, resource, what conditions see) that a call needs. :param keys: the key of each encrypted bucket and topic :raises NotKnown:"""
    if (call["service"], operation) in FREE:
        return []
    try:
        found = list(SERVICES[call["service"]](call, operation, parameters, keys))
    except (KeyError, NotKnown) as fault:
        raise NotKnown(f"test/permissions/needed.py knows no permission of {call['service']} {operation} ({fault}): teach it what the service authorization reference says") from None
    return [(*need, {})[:3] for need in found]


# ---- what services call for a role

TASK = re.compile(r"^arn:aws:states:::(?P<sdk>aws-sdk:)?(?P<service>[a-z0-9]+):(?P<action>[a-zA-Z0-9]+)(?P<pattern>\.sync(?::2)?|\.waitForTaskToken)?$")
# A task that waits for what it started asks for it, and ends it with itself.
WAITING = {("glue", "startJobRun"): ("GetJobRun", "GetJobRuns", "BatchStopJobRun"), ("sagemaker", "createTrainingJob"): ("DescribeTrainingJob", "StopTrainingJob")}


def of_task(call, resource, parameters):
    """The calls that Step Functions makes for a task: (service, operation, parameters)."""
    match = TASK.match(resource)
    if match is None:
        if ":function:" in resource:
            return [("lambda", "Invoke", {"FunctionName": resource})]
        raise NotKnown(f"test/permissions/needed.py knows no task {resource}")
    service = {"sfn": "states"}.get(match["service"], match["service"])
    action = match["action"][:1].upper() + match["action"][1:]
    waits = WAITING.get((service, match["action"]), ()) if match["pattern"] else ()
    if match["pattern"] and not waits:
        raise NotKnown(f"test/permissions/needed.py does not know what Step Functions calls for {resource}")
    return [(service, each, parameters) for each in (action, *waits)]


def of_schedule(parameters):
    """What EventBridge Scheduler calls of a target."""
    target = parameters["Arn"]
    if ":states:" in target:
        return [("states", "StartExecution", {"stateMachineArn": target})]
    if ":lambda:" in target:
        return [("lambda", "Invoke", {"FunctionName": target})]
    raise NotKnown(f"test/permissions/needed.py knows no target {target} of a schedule")
