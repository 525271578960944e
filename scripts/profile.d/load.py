"""Opens and ends connections, reads what is published, or publishes, and leaves the service the time.

usage: load.py sse|ws|longpoll PORT openings|deliveries|publications COUNT
"""

import json
import socket
import sys

READERS = 1000
AT_ONCE = 100
# Frames of one write on a WebSocket, and connections with one request each.
BATCH = 64
BODY = b'{"message":"' + b"x" * 100 + b'"}'


def request(transport, cursor):
    if transport == "sse":
        return b"GET /events?channel=p HTTP/1.1\r\nHost: x\r\n\r\n"
    if transport == "longpoll":
        return f"GET /poll?channel=p&after={cursor}&wait=60 HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    return (
        b"GET /ws?channel=p HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )


def connect(port, data):
    connection = socket.create_connection(("127.0.0.1", port))
    connection.sendall(data)
    return connection


def post():
    """Returns a request that publishes a message."""
    head = b"POST /messages?channel=p HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    return head + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY


def publish(connection):
    """Publishes a message and returns its id."""
    connection.sendall(post())
    answer = b""
    while b"\r\n\r\n" not in answer or not answer.endswith(b"}"):
        answer += connection.recv(4096)
    return json.loads(answer.split(b"\r\n\r\n", 1)[1])["id"]


def open_and_end(transport, port, publisher, count):
    data = request(transport, publish(publisher))
    for _ in range(0, count, AT_ONCE):
        connections = [connect(port, data) for _ in range(AT_ONCE)]
        if transport == "longpoll":
            # Ends all waits.
            publish(publisher)
            data = request(transport, publish(publisher))
        for connection in connections:
            connection.recv(4096)
            connection.close()


def deliver(transport, port, publisher, count):
    cursor = publish(publisher)
    readers = [connect(port, request(transport, cursor)) for _ in range(READERS)]
    if transport != "longpoll":
        for reader in readers:
            reader.recv(4096)
    for _ in range(count):
        cursor = publish(publisher)
        data = request(transport, cursor)
        for reader in readers:
            reader.recv(4096)
            if transport == "longpoll":
                reader.sendall(data)


def frame():
    """Returns a frame that publishes a message on a channel that is not read. Its mask is zero."""
    text = b'{"publish":{"channel":"q",' + BODY[1:] + b',"ref":1}'
    return b"\x81\xfe" + len(text).to_bytes(2, "big") + bytes(4) + text


def publish_frames(port, count):
    connection = connect(port, request("ws", None))
    connection.recv(4096)
    for _ in range(0, count, BATCH):
        connection.sendall(frame() * BATCH)
        # A reply may come in two parts.
        answers = b""
        while answers.count(b'{"ref":1,"ok":') < BATCH:
            answers += connection.recv(65536)


def publish_requests(port, count):
    connections = [connect(port, b"") for _ in range(BATCH)]
    for _ in range(0, count, BATCH):
        for connection in connections:
            connection.sendall(post())
        for connection in connections:
            assert connection.recv(4096).startswith(b"HTTP/1.1 20")


def publish_many(transport, port, _, count):
    publish_all = publish_frames if transport == "ws" else publish_requests
    publish_all(port, count)


def main():
    transport, port, kind, count = sys.argv[1:]
    publisher = socket.create_connection(("127.0.0.1", int(port)))
    run = {"openings": open_and_end, "deliveries": deliver, "publications": publish_many}[kind]
    run(transport, int(port), publisher, int(count))


main()
