"""Kinesis records in the emulator: shards that were split or merged stay readable, and no request walks all records.

The emulator drops a parent shard with its unread records, and filters every record of the stream on every request,
which a stream of 100,000 records turns into ten milliseconds a call.
"""

import time
from bisect import bisect_left, bisect_right

from ministack.core.responses import error_response_json
from ministack.services import kinesis

_next_iterator_sweep = 0.0


def install():
    kinesis._expire_records = _expire_records
    kinesis._start_position = _start_position
    kinesis._route_to_shard = _route_to_shard
    sweep = kinesis._expire_iterators

    def expire_iterators():
        global _next_iterator_sweep
        if time.monotonic() >= _next_iterator_sweep:
            _next_iterator_sweep = time.monotonic() + 10
            sweep()

    kinesis._expire_iterators = expire_iterators
    kinesis._split_shard = _keeping_parents(kinesis._split_shard)
    kinesis._merge_shards = _keeping_parents(kinesis._merge_shards)
    kinesis._update_shard_count = _refuse_shard_count
    describe = kinesis._shard_out
    kinesis._shard_out = lambda shard_id, shard: _with_end(describe(shard_id, shard), shard)


def _arrival(record):
    return record["ApproximateArrivalTimestamp"]


def _sequence(record):
    return record["SequenceNumber"]


def _expire_records(stream):
    """Records are in the order of their arrival, so the expired ones are at the front."""
    oldest = time.time() - stream["RetentionPeriodHours"] * 3600
    for shard in stream["shards"].values():
        records = shard["records"]
        if records and _arrival(records[0]) < oldest:
            # A new list: readers on other threads keep the one that they hold.
            shard["records"] = records[bisect_left(records, oldest, key=_arrival):]


def _start_position(records, iterator_type, sequence, timestamp):
    """Index of the first record that an iterator gives; sequence numbers have one width, so text order is theirs."""
    if iterator_type == "TRIM_HORIZON":
        return 0
    if iterator_type == "LATEST":
        return len(records)
    if iterator_type == "AT_SEQUENCE_NUMBER":
        return bisect_left(records, sequence, key=_sequence)
    if iterator_type == "AFTER_SEQUENCE_NUMBER":
        return bisect_right(records, sequence, key=_sequence)
    if iterator_type == "AT_TIMESTAMP":
        return bisect_left(records, float(timestamp), key=_arrival)
    return None


def _route_to_shard(hash_key, stream):
    for shard_id, shard in stream["shards"].items():
        if "ending_sequence_number" not in shard and int(shard["starting_hash_key"]) <= hash_key <= int(shard["ending_hash_key"]):
            return shard_id
    raise LookupError(f"no open shard of {stream['StreamName']} holds hash key {hash_key}")


def _keeping_parents(reshard):
    def with_parents(request):
        _, stream = kinesis._resolve_stream(request)
        before = dict(stream["shards"]) if stream else {}
        closed = [name for name in (request.get("ShardToSplit"), request.get("ShardToMerge"), request.get("AdjacentShardToMerge"))
                  if "ending_sequence_number" in before.get(name, {})]
        if closed:
            return error_response_json("ResourceInUseException", f"Shard {closed[0]} is closed", 400)
        answer = reshard(request)
        if stream:
            for shard_id, shard in before.items():
                if shard_id not in stream["shards"]:
                    stream["shards"][shard_id] = {**shard, "ending_sequence_number": kinesis._next_sequence_number()}
        return answer

    return with_parents


def _refuse_shard_count(request):
    # The emulator would start with new shards of the same names and drop all records.
    return error_response_json("InvalidArgumentException", "The local cloud changes shards by SplitShard and MergeShards; UpdateShardCount is not supported.", 400)


def _with_end(described, shard):
    if "ending_sequence_number" in shard:
        described["SequenceNumberRange"]["EndingSequenceNumber"] = shard["ending_sequence_number"]
    return described
