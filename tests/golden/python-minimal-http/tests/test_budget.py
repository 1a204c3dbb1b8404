from team_echo.http.budget import (
    CAPACITY,
    Budget,
)


def test_a_minute_s_requests_may_come_at_once_and_then_one_at_a_time() -> None:
    budget = Budget(60)
    assert not any(budget.pay("one", 0.0) for _ in range(60))
    assert budget.pay("one", 0.0) == 1.0
    assert not budget.pay("other", 0.0)
    assert not budget.pay("one", 1.0)
    assert budget.pay("one", 1.5) == 0.5


def test_0_stands_for_any_number() -> None:
    budget = Budget(0)
    assert not any(budget.pay("one", 0.0) for _ in range(1000))


def test_accounts_of_those_who_came_last_are_kept() -> None:
    budget = Budget(1)
    for number in range(CAPACITY + 1):
        budget.pay(str(number), 0.0)
    assert budget.pay(str(CAPACITY), 0.0) == 60.0
    assert not budget.pay("0", 0.0)
