"""Counting tries, whatever comes: what a window holds are the wrong ones, and never too many."""

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import event, given, settings
from hypothesis import strategies as st

from pyeonji.domain.errors import ConflictError, NotAuthorizedError
from pyeonji.usecases.accounts.attempts import Caller, Guess, _start, counted
from tests.support.fakes import World

#: What a try comes to: right, wrong, or an error that says nothing of what was tried.
ENDS = st.sampled_from(["right", "wrong", "wrong", "wrong", "busy", "crash"])
TRIES = st.lists(
    st.tuples(
        st.sampled_from(list(Guess)),
        st.sampled_from(["kim@acme.example"] * 4 + ["lee@acme.example"]),
        st.sampled_from(["192.0.2.1", "2001:db8::1", "2001:db8::2", "nonsense"]),
        ENDS,
        st.sampled_from([0, 0, 0, 0, 1, 60, 899, 900, 86_400]),
        st.integers(1, 12),
    ),
    max_size=20,
)


@settings(max_examples=100)
@given(TRIES)
def test_a_window_holds_its_wrong_tries_and_no_more_than_it_may(
    bursts: list[tuple[Guess, str, str, str, int, int]],
) -> None:
    world = World()
    wrong: Counter[tuple[str, object]] = Counter()
    tries = [burst[:5] for burst in bursts for _ in range(burst[5])]
    for guess, email, address, end, seconds in tries:
        world.clock += timedelta(seconds=seconds)
        caller = Caller(email, address)
        windows = [
            (limit, (limit.key(caller), _start(limit.window, world.clock))) for limit in guess.value
        ]
        full = any(wrong[window] >= limit.most for limit, window in windows)
        looked_at = False
        try:
            with counted(world, guess, caller, world.clock):
                looked_at = True
                if end == "wrong":
                    raise NotAuthorizedError("wrong_code")
                if end == "busy":
                    raise ConflictError("wrong_state")
                if end == "crash":
                    raise ConnectionError
        except NotAuthorizedError as error:
            assert (error.code == "too_many_attempts") is not looked_at
            if not looked_at:
                retry_at = error.facts["retry_at"]
                assert isinstance(retry_at, datetime) and retry_at > world.clock
        except (ConflictError, ConnectionError):
            assert looked_at
        assert looked_at is not full
        event(f"full: {full}")
        if looked_at and end == "wrong":
            wrong.update(window for _, window in windows)
        counts = {key: count for key, count in world.attempts.tries.items() if count}
        assert counts == dict(wrong)
