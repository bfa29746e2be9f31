"""The phone's clock and the promises that wait on it."""

import pytest

from harness.errors import HarnessError
from harness.phone.javascript.clock import Lifetime, PhoneClock
from harness.phone.javascript.promise import Promise, Rejection, after, all_of, spawn


def test_timers_fire_at_their_own_moment_in_the_order_they_were_set() -> None:
    """Two of one moment in the order of setting."""
    clock = PhoneClock()
    fired: list[tuple[str, float]] = []
    for name, delay_s in (("c", 2.0), ("a", 1.0), ("b", 1.0)):
        clock.call_later(delay_s, lambda name=name: fired.append((name, clock.now_s)))
    clock.advance(1.5)
    assert fired == [("a", 1.0), ("b", 1.0)]
    clock.advance(0.5)
    assert fired[2:] == [("c", 2.0)]


def test_what_is_due_at_once_comes_before_a_timer_of_zero() -> None:
    """Microtasks before timers, as in JavaScript."""
    clock = PhoneClock()
    order: list[str] = []
    clock.call_later(0, lambda: order.append("timer"))
    clock.soon(lambda: order.append("soon"))
    clock.settle()
    assert order == ["soon", "timer"]


def test_tenths_of_a_second_add_up() -> None:
    """The clock counts nanoseconds, so ten tenths are a second."""
    clock = PhoneClock()
    fired: list[float] = []
    clock.call_later(1, lambda: fired.append(clock.now_s))
    for _ in range(10):
        clock.advance(0.1)
    assert fired == [1.0]


def test_clock_does_not_go_back() -> None:
    """A negative wait is a mistake of the scenario."""
    with pytest.raises(HarnessError, match="cannot go back"):
        PhoneClock().advance(-1)


def test_waiting_for_what_cannot_come_is_an_error_and_no_endless_loop() -> None:
    """No timer is left that could bring it."""
    with pytest.raises(HarnessError, match="no timer and no answer"):
        PhoneClock().advance_until(lambda: False)


def test_waiting_stops_at_the_moment_it_comes_true() -> None:
    """Later timers stay set."""
    clock = PhoneClock()
    promise = after(clock, 2)
    after(clock, 9)
    clock.advance_until(lambda: promise.settled)
    assert clock.now_s == 2


def test_work_of_an_ended_app_is_forgotten() -> None:
    """Timers and continuations alike; another start of the app is not touched."""
    clock = PhoneClock()
    done: list[str] = []
    ended, running = Lifetime(clock), Lifetime(clock)
    ended.call_later(1, lambda: done.append("ended"))
    ended.soon(lambda: done.append("ended"))
    running.call_later(1, lambda: done.append("running"))
    ended.end()
    clock.advance(1)
    assert done == ["running"]


def test_first_settlement_wins() -> None:
    """A late rejection changes nothing."""
    promise: Promise[int] = Promise(PhoneClock())
    promise.resolve(1)
    promise.reject(Rejection("late"))
    assert promise.result() == 1


def test_async_function_runs_at_once_up_to_its_first_await() -> None:
    """As JavaScript's do; its value comes when it ends."""
    clock = PhoneClock()
    steps: list[str] = []

    async def work() -> int:
        steps.append("begun")
        await after(clock, 1)
        return 7

    promise = spawn(clock, work())
    assert (steps, promise.settled) == (["begun"], False)
    clock.advance(1)
    assert promise.result() == 7


def test_rejection_is_what_awaits_raise() -> None:
    """It can be caught where it is awaited, or rejects the function's own promise."""
    clock = PhoneClock()

    async def fails() -> None:
        await after(clock, 1)
        raise Rejection("no")

    async def catches() -> str:
        try:
            await spawn(clock, fails())
        except Rejection as rejection:
            return str(rejection)
        return "nothing"

    caught, uncaught = spawn(clock, catches()), spawn(clock, fails())
    clock.advance(1)
    assert caught.result() == "no"
    with pytest.raises(Rejection, match="no"):
        uncaught.result()


def test_bug_leaves_through_the_clock() -> None:
    """Any other exception is the harness's own and no part of the story."""
    clock = PhoneClock()

    async def broken() -> None:
        await after(clock, 1)
        raise ZeroDivisionError

    spawn(clock, broken())
    with pytest.raises(ZeroDivisionError):
        clock.advance(1)


def test_all_of_nothing_is_there_at_once() -> None:
    """`Promise.all([])`."""
    assert all_of(PhoneClock(), ()).settled


def test_all_of_waits_for_the_last() -> None:
    """And no longer."""
    clock = PhoneClock()
    together = all_of(clock, (after(clock, 1), after(clock, 3)))
    clock.advance(2.9)
    assert not together.settled
    clock.advance(0.1)
    assert together.settled
