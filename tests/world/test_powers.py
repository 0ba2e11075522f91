"""Who may call what: each route for each role, exactly as two tables written by hand say.

`tests/domain/test_people.py` says which role has which power, `tests/http/test_routes.py` which power a
route needs. Here the application's own routes are called, with the handlers taken out: the verdict is what
the door says.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from intercom.app import Server
from intercom.domain.errors import IntercomError
from intercom.domain.people import RUNS, Power, Role
from intercom.http import routes as http_routes
from intercom.http.problems import problem
from intercom.http.routes import Ask, Needs
from intercom.http.session import Cookies
from tests.domain.test_people import MATRIX
from tests.http.test_routes import RULES
from tests.world.cases import filled, own, path_names
from tests.world.people import HERE, token

pytestmark = pytest.mark.asyncio(loop_scope="package")

AT_HERE: dict[str, set[Role]] = {
    "owner": {Role.OWNER},
    "admin": {Role.ADMIN},
    "installer": {Role.INSTALLER},
    "installer-run-out": set(),
    "auditor": {Role.AUDITOR},
    "manager": {Role.MANAGER},
    "resident": {Role.RESIDENT},
    "contact": {Role.RESIDENT},
    "invited": set(),
    "inactive": set(),
    "stranger": set(),
    "nobody": set(),
}
"""What everybody is to the site in the path, by hand. Nothing of it opens the other site's doors."""
BELONGS_ELSEWHERE = {"stranger": {Role.OWNER}}
ROUTES = sorted(RULES)


def verdict(rule: Needs | Power, person: str) -> str:
    """What the tables say."""
    if rule is Needs.NOBODY:
        return "let in"
    if person == "nobody":
        return "sign in first"
    if rule is Needs.SESSION:
        return "let in"
    roles = AT_HERE[person]
    if rule is Needs.ADMIN:
        anywhere = roles | BELONGS_ELSEWHERE.get(person, set())
        runs = any(MATRIX[role, power] for role in anywhere for power in RUNS)
        return "let in" if runs else "not allowed"
    assert isinstance(rule, Power)
    if not roles:
        return "no such site"
    return "let in" if any(MATRIX[role, rule] for role in roles) else "not allowed"


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def door(server: Server) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """The table with nothing behind it: whoever comes through is told so."""

    async def let_in(ask: Ask) -> web.StreamResponse:
        return web.Response(text="let in")

    def refused(_: web.Request, error: IntercomError) -> web.Response:
        return problem(error)

    app = web.Application()
    bare = [replace(route, handler=let_in, body=None, query=None, again=None) for route in server.routes]
    http_routes.install(app, bare, server.signin, Cookies(secure=False), refused)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.parametrize("person", AT_HERE)
@pytest.mark.parametrize("route", ROUTES, ids=" ".join)
async def test_the_door_of_each_route_says_to_each_role_what_the_tables_say(
    door: TestClient[web.Request, web.Application], route: tuple[str, str], person: str
) -> None:
    method, path = route
    names = {name: own({"site": HERE}, name) for name in path_names(path)}
    cookies = {} if person == "nobody" else {"intercom_session": token(person)}
    async with door.request(method, filled(path, names), cookies=cookies, allow_redirects=False) as answer:
        said = await answer.text()
        given = {
            200: "let in",
            303: "sign in first",
            401: "sign in first",
            403: "not allowed",
            404: "no such site",
        }[answer.status]
        if answer.status == 404:
            assert '"detail":"This site is not known here."' in said
        assert given == verdict(RULES[route], person), said


async def test_everybody_of_the_world_stands_in_the_table() -> None:
    from tests.world.people import PEOPLE

    assert set(AT_HERE) == {*PEOPLE, "nobody"} - {"neighbour"}
    for name, person in PEOPLE.items():
        if name != "neighbour" and AT_HERE[name]:
            assert AT_HERE[name] == {person.role}
