"""HTTP/2 as the AWS SDK for JavaScript speaks it to Kinesis.

Its client announces the end of a connection (GOAWAY, no error) while it still reads an answer, as HTTP/2 allows: streams
that are open go on. The server's library counts the connection as closed from then on, and cuts the answer off.
"""

import h2.connection
import h2.events
from h2.connection import ConnectionInputs, ConnectionState, H2ConnectionStateMachine
from hypercorn.asyncio.tcp_server import TCPServer


def install():
    for state in (ConnectionState.IDLE, ConnectionState.SERVER_OPEN):
        function, _ = H2ConnectionStateMachine._transitions[(state, ConnectionInputs.RECV_GOAWAY)]
        H2ConnectionStateMachine._transitions[(state, ConnectionInputs.RECV_GOAWAY)] = (function, state)
    receive = h2.connection.H2Connection.receive_data

    def receive_data(connection, data):
        # The client closes the connection itself when its last answer is there.
        return [event for event in receive(connection, data) if not (isinstance(event, h2.events.ConnectionTerminated) and event.error_code == 0)]

    h2.connection.H2Connection.receive_data = receive_data

    read = TCPServer._read_data

    async def read_data(server):
        await read(server)
        # The client is gone; otherwise the socket stays open until the idle time is over, and there is one for each put.
        await server.idle_task.stop()

    TCPServer._read_data = read_data
