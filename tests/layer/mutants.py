"""Broken cores: each keeps all promises of a channel layer but one. The suite has to notice (test_mutants.py).

A mutant overrides calls of LayerCore and uses nothing of its inside, so that it stays broken in the same way when
the core is written anew. Its name says what is wrong with it.
"""

from struct import Struct
from typing import Any

from chansim.layer.content import copied
from chansim.layer.contract import ChannelFull, Content, MessageTooLarge
from chansim.layer.core import Envelope, LayerCore
from chansim.layer.eras import JUNE_2016
from chansim.layer.names import InvalidName
from chansim.trace import LOST, Recorder, packed

FOR_EVER = 1e9

ROW = Struct("d6I")
"""A row, as ``packed`` makes it."""


def source(name: str, core: LayerCore) -> str:
    """Under which name messages to *name* are received from this core."""
    return name.partition("!")[0] + "!" if "!" in name and core.era.shared_replies else name


# -- order, and at most once


class LastInFirstOut(LayerCore):
    def receive_many(self, channels: Any, now: float, by: str = "") -> Envelope | None:
        found = super().receive_many(channels, now, by)
        if found is None:
            return None
        all_of_it = [found]
        while more := super().receive_many([source(found.channel, self)], now, by):
            all_of_it.append(more)
        for earlier in all_of_it[:-1]:
            super().send(earlier.channel, earlier.content, now, by)
        return all_of_it[-1]


class DeliversTwice(LayerCore):
    again: Envelope | None = None

    def receive_many(self, channels: Any, now: float, by: str = "") -> Envelope | None:
        found, self.again = self.again, None
        if found is None:
            found = self.again = super().receive_many(channels, now, by)
        return found


class LosesEverySeventh(LayerCore):
    sent = 0

    def send(self, *arguments: Any) -> Any:
        self.sent += 1
        return super().send(*arguments) if self.sent % 7 else None


class TakesMoreThanItGives(LayerCore):
    """It takes a message of each channel that it is asked for, and gives the first."""

    def receive_many(self, channels: Any, now: float, by: str = "") -> Envelope | None:
        found = [super(TakesMoreThanItGives, self).receive_many([name], now, by) for name in channels]
        return next((envelope for envelope in found if envelope), None)


class GivesTheNameThatWasAskedFor(LayerCore):
    """And not that of the channel where the message was."""

    def receive_many(self, channels: Any, now: float, by: str = "") -> Envelope | None:
        names = list(channels)
        found = super().receive_many(names, now, by)
        return found and found._replace(channel=names[0])


class KnowsNoCapitals(LayerCore):
    def send(self, channel: str, *rest: Any) -> Any:
        return super().send(channel.lower() if isinstance(channel, str) else channel, *rest)


# -- fairness


class ServesTheFirstNameFirst(LayerCore):
    def receive_many(self, channels: Any, now: float, by: str = "") -> Envelope | None:
        return (
            super().receive_many(channels, now, by)
            if isinstance(channels, str)
            else self.first(channels, now, by)
        )

    def first(self, channels: Any, now: float, by: str) -> Envelope | None:
        for name in channels:
            if found := super().receive_many([name], now, by):
                return found
        return None


class ServesTheLastNameFirst(ServesTheFirstNameFirst):
    def first(self, channels: Any, now: float, by: str) -> Envelope | None:
        return super().first(list(channels)[::-1], now, by)


# -- capacity


class HoldsOneMore(LayerCore):
    def __init__(self, *, capacity: int = 10, **options: Any):
        super().__init__(capacity=capacity + 1, **options)


class HoldsOneLess(LayerCore):
    def __init__(self, *, capacity: int = 10, **options: Any):
        super().__init__(capacity=max(capacity - 1, 1), **options)


class HoldsAnyNumber(LayerCore):
    def __init__(self, *, capacity: int = 10, **options: Any):
        super().__init__(capacity=10**9, **options)


class OverlooksPatterns(LayerCore):
    def __init__(self, *, channel_capacity: Any = None, **options: Any):
        super().__init__(**options)


class TheLastPatternCounts(LayerCore):
    def __init__(self, *, channel_capacity: Any = None, **options: Any):
        super().__init__(channel_capacity=dict(reversed((channel_capacity or {}).items())), **options)


class CountsWhatHasExpired(LayerCore):
    def __init__(self, **options: Any):
        super().__init__(**options)
        self.held: dict[str, int] = {}

    def send(self, channel: str, content: Content, now: float, by: str = "", request: int = 0) -> Envelope:
        name = source(channel, self)
        if self.held.get(name, 0) >= self.capacity:
            raise ChannelFull(name)
        envelope = super().send(channel, content, now, by, request)
        self.held[name] = self.held.get(name, 0) + 1
        return envelope

    def receive_many(self, channels: Any, now: float, by: str = "") -> Envelope | None:
        found = super().receive_many(channels, now, by)
        if found is not None:
            self.held[source(found.channel, self)] -= 1
        return found


class ReceivingMakesNoRoom(CountsWhatHasExpired):
    def receive_many(self, channels: Any, now: float, by: str = "") -> Envelope | None:
        return LayerCore.receive_many(self, channels, now, by)


class OneCapacityForAll(CountsWhatHasExpired):
    def send(self, channel: str, *rest: Any) -> Envelope:
        if sum(self.held.values()) >= self.capacity:
            raise ChannelFull(channel)
        return super().send(channel, *rest)


# -- expiry


class NothingExpires(LayerCore):
    def __init__(self, *, expiry: float = 60.0, **options: Any):
        super().__init__(expiry=FOR_EVER, **options)


class ExpiresTooEarly(LayerCore):
    def __init__(self, *, expiry: float = 60.0, **options: Any):
        super().__init__(expiry=expiry - 1.0, **options)


class ExpiresTooLate(LayerCore):
    def __init__(self, *, expiry: float = 60.0, **options: Any):
        super().__init__(expiry=expiry + 1.0, **options)


class AllExpiresWithTheOldest(LayerCore):
    """Once a message has expired, what came after it on its channel is dropped as well."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.oldest: dict[str, float] = {}

    def send(self, channel: str, content: Content, now: float, *rest: Any) -> Envelope:
        self.oldest.setdefault(channel, now)
        return super().send(channel, content, now, *rest)

    def receive_many(self, channels: Any, now: float, by: str = "") -> Envelope | None:
        while found := super().receive_many(channels, now, by):
            if self.oldest.get(found.channel, now) + self.expiry > now:
                return found
        return None


# -- groups


class RemembersMembers(LayerCore):
    """No mutant, but what those have in common that know better than the core who is a member."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.asked: dict[str, dict[str, float]] = {}

    def group_add(self, group: str, channel: str, now: float, *rest: Any) -> None:
        super().group_add(group, channel, now, *rest)
        self.asked.setdefault(group, {})[channel] = now

    def group_discard(self, group: str, channel: str, *rest: Any) -> None:
        super().group_discard(group, channel, *rest)
        self.asked.get(group, {}).pop(channel, None)

    def flush(self, now: float) -> None:
        super().flush(now)
        self.asked.clear()


class EvictsNobody(RemembersMembers):
    def group_channels(self, group: str, now: float) -> list[str]:
        members = super().group_channels(group, now)
        for channel, asked in self.asked.get(group, {}).items():
            if channel not in members and asked + self.group_expiry > now:
                super().group_add(group, channel, now)
        return super().group_channels(group, now)


class EvictsTheNeighbours(RemembersMembers):
    """With one client of a server goes every other."""

    def group_channels(self, group: str, now: float) -> list[str]:
        members = super().group_channels(group, now)
        for gone in self.asked.get(group, {}).keys() - set(members):
            for channel in members:
                if "!" in channel and channel.partition("!")[0] == gone.partition("!")[0]:
                    super().group_discard(group, channel, now)
        return super().group_channels(group, now)


class EvictsFromOneGroupOnly(RemembersMembers):
    def group_channels(self, group: str, now: float) -> list[str]:
        members = super().group_channels(group, now)
        for other, asked in self.asked.items():
            for channel in asked:
                if other != group and channel not in super().group_channels(other, now):
                    super().group_add(other, channel, now)
        return members


class MembershipsLastForEver(LayerCore):
    def __init__(self, *, group_expiry: float = 86400.0, **options: Any):
        super().__init__(group_expiry=FOR_EVER, **options)


class AskingAgainChangesNothing(LayerCore):
    def group_add(self, group: str, channel: str, now: float, *rest: Any) -> None:
        if channel not in self.group_channels(group, now):
            super().group_add(group, channel, now, *rest)


class BeingSentToMakesAMembershipLast(LayerCore):
    def send_group(self, group: str, content: Content, now: float, *rest: Any) -> list[Envelope]:
        for channel in self.group_channels(group, now):
            self.group_add(group, channel, now)
        return super().send_group(group, content, now, *rest)


class AddedTwiceHearsTwice(RemembersMembers):
    def group_add(self, group: str, channel: str, now: float, *rest: Any) -> None:
        self.twice = channel in self.asked.get(group, {})
        super().group_add(group, channel, now, *rest)

    def send_group(self, *arguments: Any) -> list[Envelope]:
        return [
            envelope
            for _ in range(1 + self.twice)
            for envelope in super(RemembersMembers, self).send_group(*arguments)
        ]


class DiscardsNobody(LayerCore):
    def group_discard(self, *arguments: Any) -> None:
        pass


class DiscardsFromEveryGroup(RemembersMembers):
    def group_discard(self, group: str, channel: str, *rest: Any) -> None:
        for every in (group, *self.asked):
            super().group_discard(every, channel, *rest)


class DiscardingTakesTheMessagesToo(LayerCore):
    def group_discard(self, group: str, channel: str, now: float, *rest: Any) -> None:
        super().group_discard(group, channel, now, *rest)
        while self.receive_many([source(channel, self)], now):
            pass


class AFullMemberIsTold(LayerCore):
    def send_group(self, group: str, content: Content, now: float, *rest: Any) -> list[Envelope]:
        members = self.group_channels(group, now)
        envelopes = super().send_group(group, content, now, *rest)
        if len(envelopes) < len(members):
            raise ChannelFull(group)
        return envelopes


class AFullMemberStopsTheRest(LayerCore):
    def send_group(self, group: str, content: Content, now: float, *rest: Any) -> list[Envelope]:
        envelopes: list[Envelope] = []
        try:
            for channel in self.group_channels(group, now):
                envelopes.append(self.send(channel, content, now, *rest))
        except ChannelFull:
            pass
        return envelopes


class AFullMemberIsPutOut(LayerCore):
    def send_group(self, group: str, content: Content, now: float, *rest: Any) -> list[Envelope]:
        members = self.group_channels(group, now)
        envelopes = super().send_group(group, content, now, *rest)
        for channel in {*members} - {envelope.channel for envelope in envelopes}:
            self.group_discard(group, channel, now)
        return envelopes


# -- names


class Swallows(LayerCore):
    """No mutant, but what those have in common that take a name that is none."""

    call: str

    def __init_subclass__(cls) -> None:
        genuine = getattr(LayerCore, cls.call)

        def lenient(self: LayerCore, *arguments: Any) -> Any:
            try:
                return genuine(self, *arguments)
            except InvalidName:
                return None

        setattr(cls, cls.call, lenient)


class SendsToAnyName(Swallows):
    call = "send"


class ReceivesFromAnyName(Swallows):
    call = "receive_many"


class AddsAnyName(Swallows):
    call = "group_add"


class DiscardsAnyName(Swallows):
    call = "group_discard"


class ListsAnyName(Swallows):
    call = "group_channels"


class SendsToAnyGroup(Swallows):
    call = "send_group"


class CountsAnyName(Swallows):
    call = "channel_statistics"


class TwentyCharactersAtMost(LayerCore):
    def send(self, channel: str, *rest: Any) -> Envelope:
        if len(channel) > 20:
            raise InvalidName(channel)
        return super().send(channel, *rest)

    def group_add(self, group: str, channel: str, *rest: Any) -> None:
        if len(channel) > 20:
            raise InvalidName(channel)
        super().group_add(group, channel, *rest)


class OneCharacterMore(LayerCore):
    def send(self, channel: str, *rest: Any) -> Envelope:
        if isinstance(channel, str) and len(channel) == self.era.longest_name + 1:
            channel = channel[:-1]
        return super().send(channel, *rest)


class TakesAnyPattern(LayerCore):
    def new_channel(self, pattern: str) -> str:
        return super().new_channel("".join(filter(str.isalnum, str(pattern)))[:20] + "?")


class NewChannelsAreAllTheSame(LayerCore):
    def new_channel(self, pattern: str) -> str:
        return super().new_channel(pattern)[: len(pattern)] + "aaaaaaaaaaaa"[: self.era.random_letters]


class ALetterLess(LayerCore):
    def new_channel(self, pattern: str) -> str:
        return super().new_channel(pattern)[:-1]


class ForgetsTheLocalPart(LayerCore):
    """What is sent to "reply!aaaa" comes as "reply!"."""

    def receive_many(self, channels: Any, now: float, by: str = "") -> Envelope | None:
        found = super().receive_many(channels, now, by)
        return found and found._replace(channel=source(found.channel, self))


class IsAlwaysOf2016(LayerCore):
    def __init__(self, **options: Any):
        super().__init__(**{**options, "era": JUNE_2016})


# -- content


class CopiesNothing(LayerCore):
    """What is received is the very dict that was sent."""

    def __init__(self, **options: Any):
        super().__init__(**options)
        self.original: dict[int, Content] = {}

    def send(self, channel: str, content: Content, *rest: Any) -> Envelope:
        envelope = super().send(channel, content, *rest)
        self.original[envelope.message] = content
        return envelope

    def receive_many(self, channels: Any, now: float, by: str = "") -> Envelope | None:
        found = super().receive_many(channels, now, by)
        return found and found._replace(content=self.original.get(found.message, found.content))


class CopiesOnlyTheTop(CopiesNothing):
    def send(self, channel: str, content: Content, *rest: Any) -> Envelope:
        envelope = super().send(channel, content, *rest)
        self.original[envelope.message] = dict(content)
        return envelope


class OneCopyForAllMembers(CopiesNothing):
    def send(self, *arguments: Any) -> Envelope:
        return LayerCore.send(self, *arguments)

    def send_group(self, group: str, content: Content, *rest: Any) -> list[Envelope]:
        envelopes = super().send_group(group, content, *rest)
        self.original.update(dict.fromkeys([envelope.message for envelope in envelopes], copied(content)))
        return envelopes


class TakesAnyContent(LayerCore):
    def send(self, channel: str, content: Any, *rest: Any) -> Any:
        try:
            return super().send(channel, content, *rest)
        except InvalidName:
            raise
        except TypeError:
            return None


class TakesAnyContentForGroups(LayerCore):
    def send_group(self, group: str, content: Any, *rest: Any) -> Any:
        try:
            return super().send_group(group, content, *rest)
        except InvalidName:
            raise
        except TypeError:
            return []


class ChangesContent(LayerCore):
    """No mutant, but what those have in common that write a message down in a way that loses something."""

    def receive_many(self, channels: Any, now: float, by: str = "") -> Envelope | None:
        found = super().receive_many(channels, now, by)
        return found and found._replace(content=self.written(found.content))

    def written(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {key: self.written(item) for key, item in value.items()}
        return [self.written(item) for item in value] if isinstance(value, list) else value


class MakesTextOfBytes(ChangesContent):
    def written(self, value: Any) -> Any:
        return value.decode("latin-1") if isinstance(value, bytes) else super().written(value)


class MakesNumbersOfBooleans(ChangesContent):
    def written(self, value: Any) -> Any:
        return int(value) if isinstance(value, bool) else super().written(value)


class DropsWhatIsNone(ChangesContent):
    def written(self, value: Any) -> Any:
        if isinstance(value, dict):
            value = {key: item for key, item in value.items() if item is not None}
        return super().written(value)


class AnEmptyMessageIsNone(LayerCore):
    def receive_many(self, channels: Any, now: float, by: str = "") -> Envelope | None:
        found = super().receive_many(channels, now, by)
        return found if found and found.content else None


class CarriesAnySize(LayerCore):
    def send(self, channel: str, content: Content, *rest: Any) -> Any:
        try:
            return super().send(channel, content, *rest)
        except MessageTooLarge:
            return super().send(channel, {}, *rest)


class CarriesAnySizeToGroups(LayerCore):
    def send_group(self, group: str, content: Content, *rest: Any) -> Any:
        try:
            return super().send_group(group, content, *rest)
        except MessageTooLarge:
            return super().send_group(group, {}, *rest)


class CarriesHalfAMegabyte(LayerCore):
    def send(self, channel: str, content: Content, *rest: Any) -> Envelope:
        if len(str(content)) > 500_000:
            raise MessageTooLarge(channel)
        return super().send(channel, content, *rest)


# -- flush


class FlushKeepsGroups(RemembersMembers):
    def flush(self, now: float) -> None:
        kept = {group: list(members) for group, members in self.asked.items()}
        super().flush(now)
        for group, members in kept.items():
            for channel in members:
                self.group_add(group, channel, now)


class FlushKeepsMessages(RemembersMembers):
    def flush(self, now: float) -> None:
        for group, members in self.asked.items():
            for channel in list(members):
                self.group_discard(group, channel, now)


# -- resilience testing


class NeverLoses(LayerCore):
    def __init__(self, *, loss: float = 0.0, **options: Any):
        super().__init__(loss=0.0 * loss, **options)


class LosesTooOften(LayerCore):
    def __init__(self, *, loss: float = 0.0, **options: Any):
        super().__init__(loss=(loss + 1.0) / 2 if loss else loss, **options)


class TakesAnyRate(LayerCore):
    def __init__(self, *, loss: Any = 0.0, **options: Any):
        super().__init__(loss=loss if isinstance(loss, float) and 0 <= loss <= 1 else 0.0, **options)


# -- the trace


class SaysNothingOfLosses(LayerCore):
    def __init__(self, *, recorder: Recorder, **options: Any):
        genuine = recorder.add
        recorder.add = lambda row: None if ROW.unpack(row)[1] == LOST else genuine(row)  # type: ignore[misc]
        super().__init__(recorder=recorder, **options)


class NamesEveryLossFull(LayerCore):
    def __init__(self, *, recorder: Recorder, **options: Any):
        genuine, full = recorder.add, recorder.code("full")
        recorder.add = lambda row: genuine(
            packed(*ROW.unpack(row)[:6], full) if ROW.unpack(row)[1] == LOST else row
        )  # type: ignore[misc]
        super().__init__(recorder=recorder, **options)


class LossesAreWrittenWhenNoticed(LayerCore):
    def __init__(self, *, recorder: Recorder, **options: Any):
        genuine = recorder.add
        self.latest = 0.0
        recorder.add = lambda row: genuine(packed(self.latest, *ROW.unpack(row)[1:]))  # type: ignore[misc]
        super().__init__(recorder=recorder, **options)

    def sweep(self, now: float) -> None:
        self.latest = now
        super().sweep(now)
