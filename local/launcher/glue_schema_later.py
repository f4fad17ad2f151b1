"""Work that the Glue Schema Registry does after it has answered."""

import asyncio

import snapshot

# Long enough that a caller who does not wait is caught.
SECONDS = 0.1
_tasks = set()


def later(work):
    """Does some work in a moment; it may be a coroutine's."""
    task = asyncio.get_running_loop().create_task(_do(work))
    # The loop itself holds its tasks weakly.
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)


async def _do(work):
    await asyncio.sleep(SECONDS)
    result = work()
    if asyncio.iscoroutine(result):
        await result
    # No request announces this change.
    snapshot.note("POST", "SchemaRegistry")
