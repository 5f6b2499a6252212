"""The room that large bodies share."""

import asyncio

import pytest

from api.body import Room


async def a_moment() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


def test_a_smaller_one_does_not_slip_past_a_larger_one_that_waits():
    async def scene() -> None:
        room, order = Room(10), []

        async def guest(name: str, size: int) -> None:
            await room.take(size, 60)
            order.append(name)

        await room.take(8, 60)
        guests = [asyncio.create_task(guest(name, size)) for name, size in (("large", 9), ("small", 1))]
        await a_moment()
        assert order == []
        room.give(8)
        await asyncio.gather(*guests)
        assert (order, room.free) == (["large", "small"], 0)

    asyncio.run(scene())


def test_whoever_waits_too_long_holds_nothing_and_is_in_nobodys_way():
    async def scene() -> None:
        room = Room(10)
        await room.take(5, 60)
        late = asyncio.create_task(room.take(10, 0.01))
        behind = asyncio.create_task(room.take(5, 60))
        with pytest.raises(TimeoutError):
            await late
        await behind
        assert room.free == 0
        room.give(10)
        await room.take(10, 60)

    asyncio.run(scene())


def test_one_that_is_cancelled_as_it_is_let_in_gives_its_room_back():
    async def scene() -> None:
        room = Room(10)
        await room.take(10, 60)
        waiting = asyncio.create_task(room.take(10, 60))
        await a_moment()
        room.give(10)  # lets it in
        waiting.cancel()  # before it could notice
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert room.free == 10

    asyncio.run(scene())
