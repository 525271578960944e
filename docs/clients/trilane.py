#!/usr/bin/env python3
"""Prints the messages of a channel, one a line, and reconnects with its cursor until the channel
ends. Or publishes one.

usage: trilane.py (longpoll|sse|ws) URL CHANNEL [CURSOR]
       trilane.py publish URL CHANNEL JSON

Needs Python 3.9, and for `ws` the package websocket-client. CURSOR is 0 for the whole history.
"""

import json
import random
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

SILENCE = 40  # seconds; above two heartbeats, and above the wait of a poll (25 s)


class Ended(Exception):
    """The channel has ended: nothing will follow."""


def address(url, path, **parameters):
    given = {name: value for name, value in parameters.items() if value}
    return f"{url}/{path}?{urllib.parse.urlencode(given)}"


def longpoll(url, channel, cursor):
    """Yields (cursor, message); the message is None where only the cursor is new."""
    while True:
        poll = address(url, "poll", channel=channel, after=cursor)
        with urllib.request.urlopen(poll, timeout=SILENCE) as response:
            batch = json.load(response)
        if "reset" in batch:
            report(batch["reset"])
        for message in batch["messages"]:
            yield message["id"], message
        cursor = batch["cursor"]
        yield cursor, None
        if "end" in batch:
            raise Ended


def sse(url, channel, cursor):
    request = urllib.request.Request(address(url, "events", channel=channel))
    if cursor:
        request.add_header("Last-Event-ID", cursor)
    with urllib.request.urlopen(request, timeout=SILENCE) as response:
        if response.status == 204:
            raise Ended
        event = {}
        for line in response:
            line = line.decode().rstrip("\r\n")
            if line:
                field, _, value = line.partition(":")
                event[field] = value.removeprefix(" ")
                continue
            data, kind = json.loads(event.get("data", "null")), event.get("event", "message")
            if kind == "reset":
                report(data)
            if kind == "end":
                raise Ended
            yield event["id"], None if kind in ("hello", "reset") else data
            event = {}


def ws(url, channel, cursor):
    try:
        import websocket
    except ImportError:
        sys.exit("ws needs a package: pip install websocket-client")

    target = address(url, "ws", channel=channel, after=cursor).replace("http", "ws", 1)
    socket = websocket.create_connection(target, SILENCE)
    try:
        while text := socket.recv():  # answers pings; empty after a close frame
            frame = json.loads(text)
            if "hello" in frame:
                yield frame["hello"]["cursor"], None
            elif "reset" in frame:
                report(frame["reset"])
                yield frame["reset"]["cursor"], None
            elif "id" in frame:
                yield frame["id"], frame
            elif "end" in frame:
                raise Ended
    finally:
        socket.close()


def report(reset):
    print("lost messages:", reset, file=sys.stderr)


def publish(url, channel, message):
    key = str(uuid.uuid4())  # the same for each try: the message is published once
    request = urllib.request.Request(
        address(url, "messages", channel=channel),
        json.dumps({"message": message}).encode(),
        {"Content-Type": "application/json", "Idempotency-Key": key},
    )
    with retrying(lambda: urllib.request.urlopen(request, timeout=SILENCE)) as response:
        return json.load(response)


def retrying(call):
    while True:
        try:
            return call()
        except Ended:
            return
        except urllib.error.HTTPError as error:
            if error.code not in (408, 429, 502, 503, 504):
                sys.exit(f"{error.code}: {error.read().decode()}")
            time.sleep(float(error.headers.get("Retry-After", 1)))
        except Exception as error:  # each library has errors of its own for a broken connection
            print("reconnecting:", repr(error), file=sys.stderr)
            time.sleep(random.uniform(0.5, 3))


def main(command, url, channel, last=""):
    if command == "publish":
        print(json.dumps(publish(url, channel, json.loads(last))))
        return
    cursor = last

    def subscribe():
        nonlocal cursor
        for cursor, message in {"longpoll": longpoll, "sse": sse, "ws": ws}[command](url, channel, cursor):
            if message:
                print(json.dumps(message), flush=True)
        raise EOFError("the stream ended")

    retrying(subscribe)


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    main(*sys.argv[1:])
