"""Event source mappings of SQS queues: batches as large, and gathered as long, as the mapping says.

The emulator hands over at most ten messages as soon as there is one. AWS waits until the batching window is over or the
batch is full (Lambda developer guide, "Using Lambda with Amazon SQS"); what rewrites a day's files at each invocation
relies on that.

What a process had received when it was killed is handed over again by its successor at once: the mappings that held it
died with it, and a visibility timeout of minutes would keep it back for nobody.
"""

import time

from ministack.services import lambda_svc, sqs


def _settings_of(queue):
    """Batch size and window of the queue's mapping."""
    arn = queue.get("attributes", {}).get("QueueArn")
    for _account, _region, mapping in lambda_svc._iter_all_esms():
        if mapping.get("EventSourceArn") == arn:
            return int(mapping.get("BatchSize", 10)), int(mapping.get("MaximumBatchingWindowInSeconds") or 0)
    return 10, 0


def _receive(queue_url, batch_size):
    with sqs._queues_lock:
        queue = sqs._get_q(queue_url)
        most, window = _settings_of(queue)
        sqs._expire_retained(queue)
        sqs._dlq_sweep(queue)
        now = time.time()
        visible = [message for message in queue["messages"] if message.get("visible_at", 0) <= now]
        if not visible or (len(visible) < most and now - min(message["sent_at"] for message in visible) < window):
            return []
        return sqs._collect_msgs(queue, most, int(queue["attributes"].get("VisibilityTimeout", "30")))


def _again_visible(restore):
    def load_persisted_state(data):
        restore(data)
        now = time.time()
        for _, queue in sqs._queues.all_items():
            for message in queue["messages"]:
                if message.get("receive_count") and message.get("visible_at", 0) > now:
                    message["visible_at"] = now
    return load_persisted_state


def install():
    sqs.load_persisted_state = _again_visible(sqs.load_persisted_state)
    sqs._receive_messages_for_esm = _receive
