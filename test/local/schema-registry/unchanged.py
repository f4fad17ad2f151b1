"""The registry of the local cloud through boto3, as a program for AWS would use it. Prints what it saw as JSON."""

import json
import sys
import time

import boto3

glue = boto3.client("glue", endpoint_url=sys.argv[1], region_name="us-east-1", aws_access_key_id="test", aws_secret_access_key="test")
registry = {"RegistryName": "contracts"}
schema = {"RegistryName": "contracts", "SchemaName": "boto"}
seen = {}


def settled(version):
    while (found := glue.get_schema_version(SchemaVersionId=version))["Status"] == "PENDING":
        time.sleep(0.05)
    return found


def definition(*required):
    return json.dumps({"type": "object", "properties": {name: {"type": "string"} for name in ("a", "b")}, "required": list(required)})


made = glue.create_schema(RegistryId=registry, SchemaName="boto", DataFormat="JSON", Compatibility="BACKWARD", SchemaDefinition=definition("a"), Tags={"team": "x"})
seen["created"] = [made["SchemaVersionStatus"], settled(made["SchemaVersionId"])["Status"], glue.get_tags(ResourceArn=made["SchemaArn"])["Tags"]]
seen["failed"] = settled(glue.register_schema_version(SchemaId=schema, SchemaDefinition=definition("a", "b"))["SchemaVersionId"])["Status"]
seen["available"] = settled(glue.register_schema_version(SchemaId=schema, SchemaDefinition=definition())["SchemaVersionId"])["VersionNumber"]
seen["latest"] = glue.get_schema_version(SchemaId={"SchemaArn": made["SchemaArn"]}, SchemaVersionNumber={"LatestVersion": True})["VersionNumber"]
seen["by definition"] = glue.get_schema_by_definition(SchemaId=schema, SchemaDefinition=definition("a"))["SchemaVersionId"] == made["SchemaVersionId"]
glue.put_schema_version_metadata(SchemaId=schema, SchemaVersionNumber={"VersionNumber": 3}, MetadataKeyValue={"MetadataKey": "contract", "MetadataValue": "boto@v2"})
seen["metadata"] = glue.query_schema_version_metadata(SchemaId=schema, SchemaVersionNumber={"LatestVersion": True})["MetadataInfoMap"]["contract"]["MetadataValue"]
seen["pages"] = [each["VersionNumber"] for page in glue.get_paginator("list_schema_versions").paginate(SchemaId=schema, PaginationConfig={"PageSize": 2}) for each in page["Schemas"]]
seen["errors"] = []
for call in (
    lambda: glue.get_schema(SchemaId={**schema, "SchemaName": "nothing"}),
    lambda: glue.create_schema(RegistryId=registry, SchemaName="boto", DataFormat="JSON", Compatibility="NONE", SchemaDefinition="{}"),
    lambda: glue.update_schema(SchemaId=schema, Compatibility="NONE"),
):
    try:
        call()
    except (glue.exceptions.EntityNotFoundException, glue.exceptions.AlreadyExistsException, glue.exceptions.InvalidInputException) as error:
        seen["errors"].append(error.response["Error"]["Code"])
glue.delete_schema(SchemaId=schema)
print(json.dumps(seen))
