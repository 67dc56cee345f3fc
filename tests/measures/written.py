"""Traces written by hand, as tables: what the tests of the measures share."""

import re

from chansim.trace import EVENTS, Recorder, Trace


def trace_of(table: str, end: float) -> Trace:
    """The trace of a table: time, event, component, channel, message, request, detail.

    Two spaces or more stand between them. A "-" stands for nothing, and so does what is left out at the end.
    """
    recorder = Recorder()
    for line in filter(None, map(str.strip, table.splitlines())):
        cells = ["" if cell == "-" else cell for cell in re.split(r"\s{2,}", line)]
        t, event, component, channel, message, request, detail = cells + [""] * (7 - len(cells))
        code = recorder.code
        recorder.write(
            float(t), EVENTS.index(event), code(component), code(channel),
            int(message or 0), int(request or 0), code(detail),
        )  # fmt: skip
    return recorder.finish(end)


NOTHING = trace_of("", end=10.0)

CHANNELS = trace_of(
    """
    1.0  sent      clients   -                1  7  request
    1.5  received  daphne    -                1  7  request
    2.0  begun     daphne    -                1  7
    2.5  sent      daphne    http.request     2  7
    2.5  ended     daphne    -                1  7
    3.5  received  worker-1  http.request     2  7
    3.5  begun     worker-1  http.request     2  7  view
    5.5  sent      worker-1  http.response!A  3  7
    6.0  ended     worker-1  http.request     2  7  view
    6.5  received  daphne    http.response!A  3  7
    6.5  begun     daphne    http.response!A  3  7
    6.75  sent     daphne    -                4  7  200
    6.75  ended    daphne    http.response!A  3  7
    7.0  received  clients   -                4  7  200
    """,
    end=10.0,
)
"""One request, served; its latency is 6 s."""

FULL = trace_of(
    """
    1.0  sent      clients   -              1  7  request
    1.5  received  daphne    -              1  7  request
    1.5  begun     daphne    -              1  7
    2.0  sent      daphne    http.request   2  7
    2.0  lost      daphne    http.request   2  7  full
    2.0  sent      daphne    -              3  7  503
    2.0  ended     daphne    -              1  7
    2.5  received  clients   -              3  7  503
    4.0  sent      clients   -              4  8  request
    """,
    end=10.0,
)
"""One request that met a full channel, and one still under way."""

POOL = trace_of(
    """
    1.0  sent      clients     -                1  7  request
    1.5  received  gunicorn    -                1  7  request
    1.5  sent      gunicorn    gunicorn.accept  2  7
    2.0  received  gunicorn/2  gunicorn.accept  2  7
    2.0  begun     gunicorn/2  gunicorn.accept  2  7  app
    4.0  ended     gunicorn/2  gunicorn.accept  2  7  app
    4.0  sent      gunicorn/2  -                3  7  200
    4.5  received  clients     -                3  7  200
    5.0  sent      clients     -                4  8  request
    5.5  received  gunicorn    -                4  8  request
    5.5  sent      gunicorn    gunicorn.accept  5  8
    5.5  lost      gunicorn    gunicorn.accept  5  8  backlog full
    5.5  sent      gunicorn    -                6  8  refused
    6.0  received  clients     -                6  8  refused
    """,
    end=10.0,
)
"""A WSGI server: one request served by its second lane, one refused."""

CHAT = trace_of(
    """
    0.0  sent          chatters  socket 1           1  3  connect
    0.0  received      daphne    socket 1           1  3  connect
    0.0  connected     daphne    websocket.send!A   0  3  socket 1
    0.0  joined        worker-1  websocket.send!A   0  3  room
    0.0  joined        worker-1  websocket.send!B   0  4  room
    1.0  sent          chatters  socket 1           2  9  frame
    1.5  received      daphne    socket 1           2  9  frame
    1.5  begun         daphne    socket 1           2  9
    2.0  sent          daphne    websocket.receive  3  9
    2.0  ended         daphne    socket 1           2  9
    2.5  received      worker-1  websocket.receive  3  9
    2.5  begun         worker-1  websocket.receive  3  9  say
    4.0  sent          worker-1  websocket.send!A   4  9
    4.0  sent          worker-1  websocket.send!B   5  9
    4.5  ended         worker-1  websocket.receive  3  9  say
    5.0  received      daphne    websocket.send!A   4  9
    5.0  begun         daphne    websocket.send!A   4  9
    5.25  received     daphne    websocket.send!B   5  9
    5.25  sent         daphne    socket 1           6  9  frame
    5.25  ended        daphne    websocket.send!A   4  9
    5.5  begun         daphne    websocket.send!B   5  9
    5.75  sent         daphne    socket 2           7  9  frame
    5.75  received     chatters  socket 1           6  9  frame
    6.0  ended         daphne    websocket.send!B   5  9
    6.5  received      chatters  socket 2           7  9  frame
    8.0  sent          chatters  socket 1           8  12  close
    """,
    end=10.0,
)
"""One frame to a group of two: delivered after 4.75 s and 5.5 s."""
