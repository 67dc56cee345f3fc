"""Which shard a name belongs to: the page of asgi_redis, worked out by hand."""

import zlib

import pytest

from chansim.layer.eras import CHANNELS_10, CHANNELS_11, JUNE_2016, Era
from chansim.layer.shards import shard_of


@pytest.mark.parametrize("era", [JUNE_2016, CHANNELS_10])
def test_until_2017_the_highest_12_bits_decide(era: Era) -> None:
    for name in ("http.response!AbCdEfGh", "room", "http.request.body?x"):
        slot = zlib.crc32(name.encode()) >> 20
        assert shard_of(name, 2, era) == (slot >= 2048)
        assert shard_of(name, 3, era) == (slot >= 1366) + (slot >= 2732), "4096 / 3, rounded up"
        assert shard_of(name, 1, era) == 0


def test_later_it_is_the_lowest_12_and_the_part_up_to_the_mark() -> None:
    for name in ("daphne.response.abc!", "room", "body?x"):
        slot = zlib.crc32(name.encode()) % 4096
        assert shard_of(name, 2, CHANNELS_11) == (slot >= 2048)
        assert shard_of(name, 3, CHANNELS_11) == (slot >= 4096 / 3) + (slot >= 2 * 4096 / 3)
    assert shard_of("daphne.response.abc!one", 7, CHANNELS_11) == shard_of(
        "daphne.response.abc!", 7, CHANNELS_11
    )
    apart = {shard_of(f"http.response!{n}", 2, JUNE_2016) for n in range(20)}
    assert apart == {0, 1}, "in June 2016 the clients of one server are on all shards"


@pytest.mark.parametrize("era", [JUNE_2016, CHANNELS_11])
@pytest.mark.parametrize("shards", [1, 2, 3, 5, 7, 100])
def test_every_name_has_a_shard_and_every_shard_its_share(era: Era, shards: int) -> None:
    found = [shard_of(f"group-{n}", shards, era) for n in range(200 * shards)]
    assert set(found) == set(range(shards))
    for shard in range(shards):
        assert abs(found.count(shard) - 200) < 6 * 200**0.5  # six deviations
