"""Clusters of MSK in CloudFormation, and serverless ones in MSK's API, which the emulator lacks. Behind each stands the one broker of the local cloud.

What is the broker's own is asked of the broker: this is the control plane. A cluster is active at once, and what its
deletion leaves behind is the broker's topics, as no cluster has any of its own.
"""

import re
import uuid
from urllib.parse import unquote

from ministack.core.responses import get_account_id, get_region
from ministack.services import msk
from ministack.services.cloudformation import provisioners

CLUSTER = re.compile(r"^/api/v2/clusters/(.+)$")
# Listeners with TLS and IAM, which the broker has none of, are not offered: clients take what there is.
OFFERED = ("BootstrapBrokerString",)


def _create(kind):
    def create(logical_id, properties, stack_name):
        name = str(properties.get("ClusterName") or f"{stack_name}-{logical_id}")[:64]
        if any(cluster["ClusterName"] == name for cluster in msk._clusters.values()):
            raise ValueError(f"A cluster named {name} already exists.")
        # A random id and an ordinal, as MSK's: producers and checkpoints tell a cluster that was made anew by it.
        arn = f"arn:aws:kafka:{get_region()}:{get_account_id()}:cluster/{name}/{uuid.uuid4()}-1"
        tags = properties.get("Tags") or {}
        msk._clusters[arn] = {
            "ClusterArn": arn, "ClusterName": name, "ClusterType": kind, "CreationTime": msk._now_iso(), "CurrentVersion": "K3AEGXETSR30VB", "State": "ACTIVE", "Tags": tags,
            "NumberOfBrokerNodes": int(properties.get("NumberOfBrokerNodes") or 1), "BrokerNodeGroupInfo": msk._camelize(properties.get("BrokerNodeGroupInfo") or {}),
            "VpcConfigs": properties.get("VpcConfigs") or [], "ClientAuthentication": properties.get("ClientAuthentication") or {},
            "CurrentBrokerSoftwareInfo": {"KafkaVersion": str(properties.get("KafkaVersion") or "")},
        }
        if tags:
            msk._tags[arn] = dict(tags)
        return arn, {"Arn": arn}

    return create


def _update(physical_id, old_properties, new_properties, stack_name):
    cluster = msk._clusters.get(physical_id)
    if cluster is not None and new_properties.get("Tags") is not None:
        cluster["Tags"] = new_properties["Tags"]
        msk._tags[physical_id] = dict(new_properties["Tags"])
    return physical_id, {"Arn": physical_id}


def _delete(physical_id, properties):
    msk._delete_cluster(physical_id)


def _v2(info):
    """A cluster as the second version of MSK's API describes it."""
    serverless = info.get("ClusterType") == "SERVERLESS"
    common = {key: info[key] for key in ("ClusterArn", "ClusterName", "CreationTime", "CurrentVersion", "State", "Tags")}
    detail = {"Serverless": {"VpcConfigs": info.get("VpcConfigs", []), "ClientAuthentication": info.get("ClientAuthentication", {})}} if serverless else {
        "Provisioned": {key: info.get(key) for key in ("BrokerNodeGroupInfo", "ClientAuthentication", "NumberOfBrokerNodes", "CurrentBrokerSoftwareInfo")}}
    return {**common, "ClusterType": "SERVERLESS" if serverless else "PROVISIONED", **detail}


def _handle_v2(method, path, query):
    if method == "GET" and path == "/api/v2/clusters":
        wanted = (query.get("clusterNameFilter") or [""])[0]
        return msk._json({"ClusterInfoList": [_v2(info) for info in msk._clusters.values() if info["ClusterName"].startswith(wanted)]})
    found = CLUSTER.match(path)
    if method == "GET" and found:
        info = msk._clusters.get(unquote(found[1]))
        return msk._json({"ClusterInfo": _v2(info)}) if info else msk._not_found("The specified cluster does not exist.")
    return msk._bad_request(f"The local cloud has no {method} {path}; make clusters with CloudFormation.")


def install():
    for type_name, kind in (("AWS::MSK::ServerlessCluster", "SERVERLESS"), ("AWS::MSK::Cluster", "PROVISIONED")):
        provisioners._RESOURCE_HANDLERS[type_name] = {"create": _create(kind), "update": _update, "delete": _delete}

    strings = msk._bootstrap_strings
    msk._bootstrap_strings = lambda name: {key: value for key, value in strings(name).items() if key in OFFERED}

    handle = msk.handle_request

    async def handle_request(method, path, headers, body, query):
        if path.startswith("/api/v2/"):
            return _handle_v2(method, path, query)
        return await handle(method, path, headers, body, query)

    msk.handle_request = handle_request
