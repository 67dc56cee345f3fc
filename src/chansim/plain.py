"""Plain requests, written out flat: the fast way through the interface server, the layer and the worker.

The readable way is in ``model/``: behaviours that wait, on a layer that keeps
all its rules. Most of a simulation's messages need little of that: a request
comes, waits for a worker, is answered once, and nothing goes wrong on the way.
For these the same steps stand here once more, as bare calls on the same heap,
with the layer's two queues (``http.request``, and what waits for an interface
server) kept as plain deques. A request costs half the time, or less; see
docs/decisions/034.

**The trace is the same, byte for byte.** Every call that the readable way makes
on the heap is made here too, for the same moment and in the same order, so that
ties fall the same; numbers, codes and random draws are taken in the same order.

What is taken is decided once, by :func:`takes`: scenarios of the components in
:data:`STARTS` and :data:`AS_THEY_ARE`, within the limits that it names. All else
goes the readable way as a whole.

What a consumer does is not known beforehand. It is really called, with a Message
on a layer that does all that a layer does. One that answers once is plain. One
that raises, joins a group, sends elsewhere or asks for something afterwards is
finished by its worker's own code. Where a run turns out not to be plain after
all (a message expires, a client has waited too long, an answer in parts,
ConsumeLater) it is given up with :class:`NotPlain`, and ``simulate`` begins
again in the readable way, from the same seed: consumers that were called then
are called again.
"""

from __future__ import annotations

import string
from collections import deque
from collections.abc import Callable, Iterator
from contextvars import copy_context
from functools import partial
from heapq import heappush
from random import Random
from typing import TYPE_CHECKING, Any, NoReturn

from chansim.channels.exceptions import ChannelSocketException, ConsumeLater, DenyConnection, ResponseLater
from chansim.channels.message import Message, current_layer
from chansim.channels.outbox import current_outbox
from chansim.duration import Constant
from chansim.engine import NEXT, NORMAL
from chansim.layer.content import copied
from chansim.layer.contract import Content
from chansim.layer.core import Envelope
from chansim.layer.eras import era_called
from chansim.model.application import Application
from chansim.model.balancer import Balancer
from chansim.model.channel_layer import ChannelLayer
from chansim.model.client import Clients
from chansim.model.component import Component
from chansim.model.dns import DNS
from chansim.model.interface_server import CHECK_EVERY, InterfaceServer
from chansim.model.machine import Machine
from chansim.model.page_visitors import PageVisitors
from chansim.model.population import Population
from chansim.model.reader import next_tick
from chansim.model.simulated_access import Access
from chansim.model.simulated_layer import SimulatedLayer
from chansim.model.worker import Worker
from chansim.model.worker_process import DIED, Thread
from chansim.model.world import Behaviour, Parcel, http_request, shift_of
from chansim.scenario import Scenario
from chansim.trace import BEGUN, ENDED, LOST, RECEIVED, SENT, packed
from chansim.trace import packed_pair as pair

if TYPE_CHECKING:
    from chansim.engine import Entry, World

HTTP = "http.request"
NEVER = Constant(0.0)


class NotPlain(BaseException):
    """A run is not plain after all. (No Exception: a consumer that catches those is not to catch this.)"""


# -- what is taken


def takes(scenario: Scenario) -> bool:
    """Whether the components and their settings are such that requests can be plain."""
    return all(type(c) in STARTS or type(c) in AS_THEY_ARE for c in scenario.components) and all(
        LIMITS.get(type(c), _no_limit)(c, scenario) for c in scenario.components
    )


def _no_limit(component: Component, scenario: Scenario) -> bool:
    return True


def _machine(machine: Machine, scenario: Scenario) -> bool:
    """Of its interface servers, nobody waits for a core; see also _is_crowded."""
    on_it = [c for c in scenario.components if c.machine == machine.name]
    return sum(isinstance(c, InterfaceServer) for c in on_it) <= machine.cores


def _is_crowded(name: str, scenario: Scenario) -> bool:
    """Whether somebody on a machine would wait for a core if workers computed, which only their consumers know."""
    on_it = [c for c in scenario.components if c.machine == name and not isinstance(c, ChannelLayer)]
    return bool(name) and sum(len(c.lanes()) for c in on_it) > scenario[name].cores


def _clients(clients: Clients, scenario: Scenario) -> bool:
    """They wait for as long as it takes."""
    return clients.patience == NEVER


def _layer(layer: ChannelLayer, scenario: Scenario) -> bool:
    """Its work takes no time, and it loses nothing; workers that find nothing are told."""
    return not (layer.operation or layer.loss or layer.worker_poll)


def _server(server: InterfaceServer, scenario: Scenario) -> bool:
    """Something takes time at every step; and it tells nobody of requests that are over."""
    return bool(server.cpu and _way(server, scenario)) and not server.http_disconnect


def _worker(worker: Worker, scenario: Scenario) -> bool:
    """Of all that its application routes, requests are the only messages that will come."""
    application: Application = scenario[worker.application]
    channels = application.router_of(era_called(scenario[worker.layer].era)).channels
    return bool(_way(worker, scenario)) and all(
        channel == HTTP or channel.startswith("websocket.") for channel in channels
    )


def _way(user: Any, scenario: Scenario) -> float:
    """Seconds from a component to its layer."""
    return float(scenario.network.link(user.machine, scenario[user.layer].machine).latency)


# -- what is on its way

Call = tuple[int, int, int, Content, Any, Parcel | None]
"""A request on the network: message, request, code of its kind, content; and the client: the seconds to one who is
plain, and what is called there, or else the Parcel that it sent."""

Request = tuple[str, Content, int, int, float, int, Callable[[float, Any], Any]]
"""A request on the layer: reply channel, content, message, request, when it expires; code of its channel; who takes
the answer."""

Reply = tuple[str, int, Content, int, int, float, bool]
"""An answer on the layer: the fields of an Envelope."""


class Answer(Envelope):
    """A Reply among calls that are not plain."""

    __slots__ = ()


# -- clients


def start_clients(clients: Clients, world: World) -> None:
    """Begin clients who ask an interface server once and take the answer: Browsers. All others are themselves, and so
    are those on an uneven way."""
    server = world.scenario[clients.server]
    link = world.scenario.network.link(clients.machine, server.machine)
    plain = clients.retry is None and clients.reading == NEVER and type(server) is InterfaceServer
    if not plain or link.jitter.mean or link.loss:
        clients.simulate(world)
        return
    add, code, new_message, number = (
        world.recorder.add,
        world.code,
        world.new_message,
        world.env._eid.__next__,
    )
    queue: list[Any] = world.env._queue
    draws, me, latency = world.draws, code(clients.name), float(link.latency)
    moments: Iterator[float] = clients.arrivals.moments(world.random(clients.name, "arrivals"))
    draw = world.random(clients.name, "service").random
    path, method, body = clients.path, clients.method, clients.body
    waiting = 0  # requests without an answer
    done = False  # nobody else will come
    arrived: Any = None  # at the server
    kind = 0

    def ask(now: float, _: object) -> Entry | None:
        nonlocal waiting, arrived, kind
        if arrived is None:
            arrived, kind = world.shared(clients.server), code("request")
        waiting += 1
        request, message = len(draws), new_message()
        draws.append(draw())
        add(packed(now, SENT, me, 0, message, request, kind))
        call = message, request, kind, http_request(path, method, body), way, None
        entry = now + latency, NORMAL, number(), arrived, call, NEXT
        wait_for_next()
        return entry

    def wait_for_next() -> None:
        nonlocal done
        for moment in moments:
            heappush(queue, (moment, NORMAL, number(), ask, None, NEXT))
            return
        done = True
        check_done()

    def answered(now: float, answer: tuple[int, int, int]) -> None:
        nonlocal waiting
        message, request, kind = answer
        add(packed(now, RECEIVED, me, 0, message, request, kind))
        waiting -= 1
        if done:
            check_done()

    def check_done() -> None:
        if not waiting:
            world.expect(-1)

    way = latency, answered
    world.expect(+1)
    wait_for_next()


# -- the interface server


def start_server(server: InterfaceServer, world: World) -> None:
    """Begin an interface server: EventLoop.run, with Access.either in it."""
    add, code, new_message, number = (
        world.recorder.add,
        world.code,
        world.new_message,
        world.env._eid.__next__,
    )
    queue: list[Any] = world.env._queue
    layer: PlainLayer = world.shared(server.layer)
    name, me, cpu, latency = server.name, code(server.name), float(server.cpu), layer.latency_to(server)
    poll, idle_poll, expiry, capacity = server.poll, server.idle_poll, layer.expiry, layer.capacity
    waiting, request_is_there = layer.waiting, layer.request_is_there
    inbox: deque[Call | None] = deque()  # None: look for requests that have waited too long
    answers: deque[Reply] = deque()  # that wait at the layer
    requests: dict[str, tuple[float, Call]] = {}  # reply channel -> when it came, and what it was
    parked = True  # waits until there is something
    watching = False  # a look for requests that have waited too long is arranged
    answers_turn = True
    http = 0  # the code of the requests' channel, once there is one
    there_and_back = 2 * latency
    pause = idle_poll
    next_look = 0.0 + pause
    if not layer.core.era.shared_replies:
        new_reply_channel = layer.core.channels_like("http.response!")
    else:
        letters = world.random(name, "reply channels")
        own = f"daphne.response.{random_letters(letters)}!"
        most = layer.core.capacity_of(own)

        def new_reply_channel() -> str:
            if len(requests) >= most:
                raise layer.not_plain("the replies might fill their channel")
            return own + random_letters(letters)

    # -- what comes

    def arrived(now: float, call: Call) -> Entry | None:
        nonlocal parked, next_look, answers_turn
        message, request, kind, _, _, _ = call
        if not parked or answers:
            add(packed(now, RECEIVED, me, 0, message, request, kind))
            inbox.append(call)
            return wake(now)
        # the same in one: it looks for answers, finds none, and takes the call
        parked, answers_turn = False, True
        if next_look < now:
            next_look = next_tick(next_look, pause, now) if pause else now
        if next_look <= now:
            next_look = now + pause
        add(pair(now, RECEIVED, me, 0, message, request, kind, now, BEGUN, me, 0, message, request, 0))
        return now + cpu, NORMAL, number(), send_on, call, NEXT

    def parcel_arrived(parcel: Parcel) -> None:
        _, kind, _, message, request, code_of_kind, content, _ = parcel
        if kind != "request":
            raise layer.not_plain(f"a client sent {kind!r}")
        world.accept(parcel, me)
        inbox.append((message, request, code_of_kind, content, None, parcel))
        world.go_on(wake(world.now))

    def answer_is_there(now: float, reply: Reply) -> Entry | None:
        nonlocal parked, next_look
        answers.append(reply)
        if not parked:
            return None
        moment = next_look
        if moment < now:
            moment = next_tick(moment, pause, now) if pause else now
        if moment > now:
            return moment, NORMAL, number(), wake, None, NEXT
        parked, next_look = False, moment
        return now + latency, NORMAL, number(), look, None, NEXT

    # -- what is next

    def wake(now: float, _: object = None) -> Entry | None:
        nonlocal parked, next_look
        if not parked:
            return None
        parked = False
        if next_look < now:
            next_look = next_tick(next_look, pause, now) if pause else now
        return go_on(now)

    def go_on(now: float) -> Entry | None:
        nonlocal parked, next_look, answers_turn, pause
        if next_look <= now:
            if not answers:
                next_look = now + pause
            elif answers_turn or not inbox:
                return now + latency, NORMAL, number(), look, None, NEXT
        if inbox:
            answers_turn = True
            call = inbox.popleft()
            if call is None:
                give_up(now)
                pause = poll if requests else idle_poll
                return go_on(now)
            add(packed(now, BEGUN, me, 0, call[0], call[1], 0))
            return now + cpu, NORMAL, number(), send_on, call, NEXT
        parked = True
        return (next_look, NORMAL, number(), wake, None, NEXT) if answers else None

    # -- a request

    def send_on(now: float, call: Call) -> Entry | None:
        nonlocal watching, http
        _, request, _, content, _, _ = call
        channel = content["reply_channel"] = new_reply_channel()
        http, message = http or code(HTTP), new_message()
        add(packed(now, SENT, me, http, message, request, 0))
        if len(waiting) + layer.coming >= capacity:
            add(packed(now, LOST, me, http, message, request, code("full")))
            tell(now, call, "503", b"Request queue full.")
            return sent_on(now, call)
        layer.coming += 1
        requests[channel] = now, call
        if not watching:
            watching = True
            watch(now)
        sent: Request = channel, content, message, request, now + expiry, http, answer_is_there
        entry = now + latency, NORMAL, number(), request_is_there, sent, NEXT
        heappush(queue, (now + there_and_back, NORMAL, number(), sent_on, call, NEXT))
        return entry

    def sent_on(now: float, call: Call) -> Entry | None:
        nonlocal pause
        add(packed(now, ENDED, me, 0, call[0], call[1], 0))
        pause = poll if requests else idle_poll
        return go_on(now)

    # -- an answer

    def look(now: float, _: object) -> Entry:
        reply = answers.popleft()
        _, channel, _, message, request, expires, _ = reply
        if expires <= now:
            raise layer.not_plain("an answer expired")
        add(packed(now, RECEIVED, me, channel, message, request, 0))
        return now + latency, NORMAL, number(), found, reply, NEXT

    def found(now: float, reply: Reply) -> Entry:
        nonlocal next_look, answers_turn
        next_look, answers_turn = now, False
        _, channel, _, message, request, _, _ = reply
        add(packed(now, BEGUN, me, channel, message, request, 0))
        return now + cpu, NORMAL, number(), send_back, reply, NEXT

    def send_back(now: float, reply: Reply) -> Entry | None:
        nonlocal pause
        channel, of_channel, content, message, request, _, _ = reply
        _, call = requests.pop(channel)
        way, kind = call[4], str(content["status"])
        if way is None:
            tell(now, call, kind, content.get("content", b""))
            add(packed(now, ENDED, me, of_channel, message, request, 0))
        else:  # the same in one
            seconds, answered = way
            of_kind, told = code(kind), new_message()
            add(
                pair(
                    now, SENT, me, 0, told, request, of_kind, now, ENDED, me, of_channel, message, request, 0
                )
            )
            heappush(queue, (now + seconds, NORMAL, number(), answered, (told, request, of_kind), NEXT))
        pause = poll if requests else idle_poll
        return go_on(now)

    def tell(now: float, call: Call, kind: str, body: object) -> None:
        _, request, _, _, way, parcel = call
        if parcel is not None:
            world.post(name, parcel.sender, kind, request, body, parcel.socket)
            return
        seconds, answered = way
        of_kind, message = code(kind), new_message()
        add(packed(now, SENT, me, 0, message, request, of_kind))
        heappush(queue, (now + seconds, NORMAL, number(), answered, (message, request, of_kind), NEXT))

    # -- patience

    def watch(now: float) -> None:
        heappush(queue, ((now // CHECK_EVERY + 1) * CHECK_EVERY, NORMAL, number(), time_to_look, None, NEXT))

    def time_to_look(now: float, _: object) -> Entry | None:
        inbox.append(None)
        return wake(now)

    def give_up(now: float) -> None:
        nonlocal watching
        watching = bool(requests)
        if watching:
            came, _ = next(iter(requests.values()))
            if came < now - server.http_timeout:
                raise layer.not_plain("a client has waited too long")
            watch(now)

    layer.serve(requests, answers, answer_is_there)
    world.share(name, arrived)
    world.on_arrival(name, parcel_arrived)


def random_letters(letters: Random) -> str:
    """Ten of them, as EventLoop's."""
    return "".join(letters.choices(string.ascii_letters, k=10))


# -- the layer


class PlainLayer(SimulatedLayer):
    """A layer whose requests and their answers wait in deques; all other messages are its core's."""

    def __init__(self, layer: ChannelLayer, world: World):
        super().__init__(layer, world)
        self.expiry = layer.expiry
        self.capacity = self.core.capacity_of(HTTP)
        self.coming = 0  #: requests that are sent and not there yet
        self.waiting: deque[Request] = deque()
        self.idle: deque[Callable[[float, Request], Any]] = deque()  #: who takes one: workers, longest first
        self.read: set[str] = set()  #: the channels that workers read
        self.servers: list[tuple[dict[str, Any], deque[Reply], Callable[[float, Any], Any]]] = []
        self.surprise: NotPlain | None = None
        world.at_end(self.check)

    def serve(
        self, requests: dict[str, Any], answers: deque[Reply], deliver: Callable[[float, Any], Any]
    ) -> None:
        """Know an interface server: what it has open by reply channel, what waits for it, what brings it more."""
        self.servers.append((requests, answers, deliver))

    def not_plain(self, why: str) -> NotPlain:
        """The error that ends the run, at once; at its end where a consumer catches it."""
        self.surprise = NotPlain(why)
        return self.surprise

    def access(self, component: Component, lane: str = "") -> PlainAccess:
        """See SimulatedLayer."""
        return PlainAccess(self, component, lane or component.name)

    def latency_to(self, component: Component) -> float:
        """Seconds from a component to here."""
        return float(self.world.latency(component.machine, self.description.machine))

    def request_is_there(self, now: float, request: Request) -> Any:
        """The worker that has waited longest has it."""
        self.coming -= 1
        if self.idle:
            return self.idle.popleft()(now, request)
        self.waiting.append(request)
        return None

    def deliver(self, envelope: Envelope) -> None:
        """What did not go the plain way is there."""
        channel = envelope.channel
        for requests, _, deliver in self.servers:
            if channel in requests:
                if not isinstance(envelope, Answer):
                    raise self.not_plain(f"more than an answer was sent on {channel!r}")
                self.world.go_on(deliver(self.world.now, envelope))
                return
        if channel in self.read:
            raise self.not_plain(f"a consumer sent on {channel!r}")
        super().deliver(envelope)

    def check(self, now: float) -> None:
        """The run is over: it was plain, and what waits is waiting."""
        if self.surprise is not None:
            raise self.surprise
        held = [request[4] for request in self.waiting]
        held += [reply[5] for _, answers, _ in self.servers for reply in answers]
        if any(expires <= now for expires in held):
            raise self.not_plain("a message expired")


class PlainAccess(Access):
    """What a consumer sees of a plain layer; see start_thread for what becomes of the answer."""

    layer: PlainLayer

    def ask(self, *_: object) -> NoReturn:
        """What only the whole of a layer can answer."""
        raise self.layer.not_plain("a consumer asked something of the layer")

    flush = global_statistics = channel_statistics = receive_at_once = ask  # type: ignore[assignment]


# -- workers


def start_worker(worker: Worker, world: World) -> None:
    """Begin the threads of a worker."""
    for thread in [Thread(worker, world, lane) for lane in worker.lanes()]:
        start_thread(thread, world, _is_crowded(worker.machine, world.scenario))


def start_thread(thread: Thread, world: World, crowded: bool) -> None:
    """Begin one thread: Thread.run, with Access.receive_many in it. *crowded*: see _is_crowded."""
    env, add, code, new_message = world.env, world.recorder.add, world.code, world.new_message
    queue: list[Any] = env._queue
    number, draws = env._eid.__next__, world.draws
    access: Any = thread.layer
    later: list[Any] = access.later
    layer: PlainLayer = access.layer
    me, outbox, application, router = code(thread.lane), thread.outbox, thread.application, thread.router
    waiting, idle, latency, expiry = layer.waiting, layer.idle, float(access.latency), layer.expiry
    shift, shift_of_cpu = shift_of(HTTP), shift_of(HTTP + " cpu")
    context = copy_context()  # its consumers'
    context.run(current_layer.set, access)
    context.run(current_outbox.set, outbox)
    there_and_back = 2 * latency
    varies = True  # which consumer takes it; or none is known yet
    consume_in_context: Any
    detail, costs = 0, application.costs  # the consumer's
    io: Any = None  # the law of its waiting, if it does nothing else
    # of the message in hand:
    request: Request
    handed: Message
    reply_channel = ""  # until something is sent there
    reply: Any = None  # a Reply, if that was plain
    late = False  # the consumer has ended

    def receive(now: float, _: object) -> Entry | None:
        if not waiting:
            idle.append(take)
            return None
        return take(now, waiting.popleft())

    def take(now: float, request: Request) -> Entry:
        _, _, message, about, expires, http, _ = request
        if expires <= now:
            raise layer.not_plain("a request expired")
        add(packed(now, RECEIVED, me, http, message, about, 0))
        return now + latency, NORMAL, number(), begin, request, NEXT

    def begin(now: float, taken: Request) -> Entry | None:
        nonlocal request, handed, reply_channel
        request = taken
        reply_channel, content, message, about, _, http, _ = taken
        access.request = about
        handed = Message(content, HTTP, access)
        if varies:
            find_consumer()
        add(packed(now, BEGUN, me, http, message, about, detail))
        if io is not None:
            seconds = io((draws[about] + shift) % 1.0)
            if seconds.__class__ is float and seconds > 0.0:
                return now + seconds, NORMAL, number(), consume, None, NEXT
        return work(now)

    def find_consumer() -> None:
        nonlocal varies, consume_in_context, detail, costs, io
        varies = router.always(HTTP) is None
        matched = router.match(handed)
        if matched is None:
            raise layer.not_plain("no route takes a request")
        consumer, arguments = matched
        consume_in_context = partial(context.run, consumer, **arguments)
        detail, costs = code(consumer.__name__), application.costs_of(consumer)
        if crowded and (costs.computes or costs.per_member):
            raise layer.not_plain("somebody may have to wait for a core")
        io = costs.io.quantile if costs.waits and not costs.computes else None

    def work(now: float) -> Entry | None:
        """See spend."""
        draw = draws[request[3]]
        waits = costs.io.quantile((draw + shift) % 1.0) if costs.waits else 0.0
        computes = costs.cpu.quantile((draw + shift_of_cpu) % 1.0) if costs.computes else 0.0
        if not (waits.__class__ is computes.__class__ is float and waits >= 0.0 and computes >= 0.0):
            raise layer.not_plain("a law of the learner's own, which may say anything")
        if computes:
            return now + computes, NORMAL, number(), wait, waits, NEXT
        return wait(now, waits)

    def wait(now: float, seconds: float) -> Entry | None:
        return (now + seconds, NORMAL, number(), consume, None, NEXT) if seconds else consume(now, None)

    def consume(now: float, _: object) -> Entry | None:
        nonlocal reply
        reply = None
        try:
            consume_in_context(handed)
        except (ConsumeLater, DenyConnection, ChannelSocketException) as error:
            raise layer.not_plain(f"a consumer raised {error!r}") from error
        except (Exception, ResponseLater) as error:
            world.report(f"{thread.lane}: the consumer for {HTTP!r} raised {error!r}")
            world.begin(finish("consumer failed"))
            return None
        if outbox.slept:
            raise layer.not_plain("a view slept")
        if reply is None or access.calls or later or outbox.kept or outbox.insisting:
            world.begin(finish(""))
            return None
        entry = now + latency, NORMAL, number(), request[6], reply, NEXT
        heappush(queue, (now + there_and_back, NORMAL, number(), done, None, NEXT))
        return entry

    def send(channel: str, content: Content) -> None:
        """Access.send. The answer, whole, is plain; all else goes through the core."""
        nonlocal reply, reply_channel
        if channel != reply_channel:
            Access.send(access, channel, content)
            return
        copy = copied(content)
        if "status" not in copy or copy.get("more_content"):
            raise layer.not_plain("an answer in parts, or none that can be told a client")
        reply_channel, now = "", env._now
        of_channel, message, about = code(channel), new_message(), request[3]
        add(packed(now, SENT, me, of_channel, message, about, 0))
        reply = channel, of_channel, copy, message, about, now + expiry, False
        if late or access.calls:  # it is one of several calls
            access.calls.append((0.0, 0.0, (Answer(*reply),)))
            reply = None

    def offer(channel: str, content: Content) -> bool:
        """Access.offer. For the answer there is room."""
        if channel != reply_channel:
            return Access.offer(access, channel, content)
        send(channel, content)
        return True

    def finish(lost: str) -> Behaviour:
        """What a consumer did that is not plain is its worker's to finish."""
        nonlocal reply, late
        late = True
        if reply is not None:
            access.calls.insert(0, (0.0, 0.0, (Answer(*reply),)))
        if outbox or later:
            lost = (yield from thread.finish(HTTP, costs)) or lost
        yield from thread.pay(costs)
        late = False
        if lost == DIED:
            raise layer.not_plain("a worker died")
        if lost:
            world.write(LOST, me, request[5], request[2], request[3], code(lost))
        world.go_on(done(env._now, None))

    def done(now: float, _: object) -> Entry:
        _, _, message, about, _, http, _ = request
        add(packed(now, ENDED, me, http, message, about, detail))
        return now + latency, NORMAL, number(), receive, None, NEXT

    access.send, access.offer = send, offer
    layer.read.update(thread.channels)
    if HTTP in thread.channels:
        heappush(queue, (env._now + latency, NORMAL, number(), receive, None, NEXT))


STARTS: dict[type, Callable[[Any, Any], object]] = {
    Clients: start_clients,
    InterfaceServer: start_server,
    ChannelLayer: lambda layer, world: world.share(layer.name, PlainLayer(layer, world)),
    Worker: start_worker,
}
"""How components begin a plain run."""

AS_THEY_ARE = {Machine, Application, Population, PageVisitors, Balancer, DNS}
"""Components that take part in a plain run as in any other."""

LIMITS: dict[type, Callable[[Any, Scenario], bool]] = {
    Machine: _machine,
    Clients: _clients,
    ChannelLayer: _layer,
    InterfaceServer: _server,
    Worker: _worker,
}
"""What the components of a plain run must be like."""
