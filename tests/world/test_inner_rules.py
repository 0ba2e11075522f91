"""Routes whose rule is not one power at the site in their path: who gets what, by hand."""

from __future__ import annotations

import pytest

from intercom.domain.people import Power
from intercom.http.routes import Needs
from tests.http.test_routes import RULES
from tests.world.conftest import Populated
from tests.world.people import HERE, PEOPLE

SITE = {
    "name": "One more",
    "plate": "9",
    "time_zone": "Europe/Zurich",
    "kind": "residential",
    "entrance": "Door",
}
OWNERS = {"owner", "stranger"}
RUN_HERE = {"owner", "admin", "installer", "auditor"}
LIVE_HERE = {"manager", "resident", "contact"}


@pytest.mark.parametrize("person", sorted(PEOPLE))
def test_who_owns_a_site_may_make_another_and_nobody_else(populated: Populated, person: str) -> None:
    cookies = populated.cookies(person)
    page = populated.house.ask("GET", "/admin/new", cookies=cookies)
    made = populated.house.ask("POST", "/api/v1/sites", json_body=SITE, cookies=cookies)
    assert (page.status, made.status) == ((200, 201) if person in OWNERS else (403, 403)), made


@pytest.mark.parametrize("person", sorted(PEOPLE))
def test_the_way_into_a_site_is_there_for_who_runs_something_of_it(populated: Populated, person: str) -> None:
    answer = populated.house.ask("GET", f"/admin/{HERE}", cookies=populated.cookies(person))
    assert answer.status in ({200, 303} if person in RUN_HERE else {404}), answer
    listed = populated.house.ask("GET", "/api/v1/sites", cookies=populated.cookies(person)).text
    assert (HERE in listed) is (person in RUN_HERE | LIVE_HERE)


def test_every_route_with_a_site_in_its_path_needs_a_power_there_but_for_these() -> None:
    others = {route for route, rule in RULES.items() if "{site}" in route[1] and not isinstance(rule, Power)}
    assert others <= {("GET", "/admin/{site}")}
    assert {rule for rule in RULES.values() if not isinstance(rule, Power)} == set(Needs)
