"""Lambda functions run by the emulator: an invocation that logs nothing is answered at once.

The emulator waits 50 ms after each answer for a first line of log, which is most of a warm invocation. A line that comes
later than these 5 ms is shown with the function's next invocation.
"""

from ministack.core.lambda_runtime import Worker

LOG_WAIT_SECONDS = 0.005


def install():
    drain = Worker._drain_stderr_bounded

    def drain_sooner(worker, first_line_wait=LOG_WAIT_SECONDS, **waits):
        return drain(worker, first_line_wait=first_line_wait, **waits)

    Worker._drain_stderr_bounded = drain_sooner
