"""Subscribes with a library from PyPI, unmodified, and prints what it receives, as node.js does.

usage: python3 python.py LIBRARY URL CHANNEL
"""

import asyncio
import json
import pathlib
import sys
import time

library, url, channel = sys.argv[1:]
cursor = "0"


def say(*words):
    print(*words, flush=True)


def address(path):
    return f"{url}{path}?channel={channel}&after={cursor}"


def socket_address():
    return address("/ws").replace("http", "ws", 1)


def on_event(event):
    global cursor
    if event.event == "reset":
        say("reset")
    elif event.event != "hello":
        say("received", json.loads(event.data)["id"])
    cursor = event.id or cursor


def on_frame(text):
    global cursor
    frame = json.loads(text)
    if "reset" in frame:
        say("reset")
        cursor = frame["reset"]["cursor"]
    elif "id" in frame:
        say("received", frame["id"])
        cursor = frame["id"]


def httpx_sse():
    import httpx
    import httpx_sse

    with httpx.Client(timeout=None) as client:
        with httpx_sse.connect_sse(client, "GET", address("/events")) as source:
            for event in source.iter_sse():
                on_event(event)


def sseclient_py():
    import requests
    import sseclient

    response = requests.get(address("/events"), stream=True)
    response.raise_for_status()
    for event in sseclient.SSEClient(response).events():
        on_event(event)


def sseclient():
    # The module of sseclient-py has the same name.
    sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "sseclient"))
    import sseclient

    for event in sseclient.SSEClient(address("/events")):
        on_event(event)


def aiohttp():
    async def subscribe():
        import aiohttp

        async with aiohttp.ClientSession() as session:
            async with session.ws_connect(socket_address()) as socket:
                async for frame in socket:
                    on_frame(frame.data)

    asyncio.run(subscribe())


def websockets():
    from websockets.sync.client import connect

    with connect(socket_address()) as socket:
        for text in socket:
            on_frame(text)


def websocket_client():
    import websocket

    socket = websocket.create_connection(socket_address())
    while text := socket.recv():
        on_frame(text)


while True:
    try:
        globals()[library.replace("-", "_")]()
    except Exception as error:  # each library has errors of its own
        print(repr(error), file=sys.stderr)
    say("ended")
    time.sleep(0.3)
