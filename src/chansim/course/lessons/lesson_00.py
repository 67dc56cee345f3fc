"""Start here: the chat keeps the talk's promise, in both worlds."""

from __future__ import annotations

from chansim.course.promise import Promise
from chansim.run import Run


def unheard(run: Run) -> str:
    """What is wrong with "all clients receive all messages" in this run of a chat, or "".

    A line that was still on its way when the run ended is not held against it.
    """
    chatters = {each.name for each in run.scenario if each.role == "client"}
    members, under_way, heard = 0, dict[int, int](), dict[int, list[str]]()
    for row in run.trace.rows():
        if row.event == "connected":
            members += 1
        elif row.event == "sent":
            under_way[row.message] = row.request
            if row.component in chatters and row.detail == "frame":
                heard[row.request] = []
        elif row.event == "received" and row.component in chatters:
            under_way.pop(row.message, None)
            heard.setdefault(row.request, []).append(row.channel)
        elif row.event in ("ended", "lost"):
            under_way.pop(row.message, None)
    finished = [sockets for request, sockets in heard.items() if request not in under_way.values()]
    if not finished:
        return "no line was said and heard: let the run last longer"
    if any(len(sockets) > len(set(sockets)) for sockets in finished):
        return "a member heard the same line twice"
    missed = sum(len(sockets) < members for sockets in finished)
    return f"of {len(finished)} lines, {missed} did not reach every member" if missed else ""


EXERCISES = {"00-chat": Promise("every line reached every member exactly once", unheard)}
