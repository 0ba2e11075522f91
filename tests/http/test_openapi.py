"""The API's document says what is served, all of it, and nothing else."""

from __future__ import annotations

import json
import re
from typing import Any

from intercom.http.openapi import openapi
from intercom.http.routes import Ask, Needs, Route
from intercom.http.routes import json as answer_json
from tests.e2e.house import ROOT, House
from tests.http.test_routes import RULES, WITHOUT_BODY

BARE = {
    (method, re.sub(r"\{(\w+):[^/]*\}", r"{\1}", path)): (method, path)
    for method, path in RULES
    if path.startswith("/api/")
}
"""The API's routes as the document names them, and as the table does."""


def served(house: House) -> dict[str, Any]:
    """The document as the house serves it."""
    return house.ask("GET", "/api/openapi.json").json


def operations(document: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Each method and path, and what is said of it."""
    return {
        (method.upper(), path): told
        for path, item in document["paths"].items()
        for method, told in item.items()
    }


def test_every_route_of_the_api_is_in_the_document_and_nothing_else(house: House) -> None:
    assert set(operations(served(house))) == set(BARE)


def test_the_document_in_the_docs_is_the_one_that_is_served(house: House) -> None:
    written = json.loads((ROOT / "docs" / "openapi.json").read_text())
    told = served(house)
    # over https the cookie has the prefix that browsers ask for there
    assert written["components"]["securitySchemes"]["session"].pop("name") == "__Host-intercom_session"
    assert told["components"]["securitySchemes"]["session"].pop("name") == "intercom_session"
    assert told == written, "run scripts/generate"


def test_every_operation_says_who_may_call_it_what_it_takes_and_what_it_answers(house: House) -> None:
    for (method, path), told in operations(served(house)).items():
        rule = RULES[BARE[method, path]]
        assert told.get("x-power", told.get("x-needs")) == rule.value, path
        assert ("x-power" in told) is not isinstance(rule, Needs), path
        assert told["security"] == ([] if rule is Needs.NOBODY else [{"session": []}]), path
        assert told["summary"].endswith("."), path
        names = [part["name"] for part in told["parameters"] if part["in"] == "path"]
        assert names == re.findall(r"\{(\w+)\}", path)
        takes = method in ("POST", "PUT", "PATCH") and BARE[method, path] not in WITHOUT_BODY
        assert ("requestBody" in told) is takes, path
        good = {status: what for status, what in told["responses"].items() if status < "400"}
        assert len(good) == 1, path
        ((status, what),) = good.items()
        if status not in ("202", "204"):
            assert what.get("content"), f"{path} does not say what it answers: Route(answer=...)"
            for kind, content in what["content"].items():
                assert kind != "application/json" or "schema" in content, path
        if rule is not Needs.NOBODY:
            assert "401" in told["responses"], path


def test_every_summary_and_every_operations_name_is_there_once(house: House) -> None:
    told = operations(served(house)).values()
    names = [operation["operationId"] for operation in told]
    assert len(set(names)) == len(names)


def test_the_house_holds_its_answers_against_the_document(house: House) -> None:
    document = house.document
    right = house.ask("GET", "/api/v1/ringtones")
    kind, body = right.header("Content-Type"), right.body

    def fault(method: str = "GET", path: str = "/api/v1/ringtones", **wrong: Any) -> str | None:
        given = {"status": 200, "kind": kind, "body": body, **wrong}
        return document.fault(method, path, **given)

    assert fault() is None
    assert "does not say that it may answer" in (fault(status=418) or "")
    assert "comes as text/html" in (fault(kind="text/html") or "")
    assert "does not fit" in (fault(body=b"{}") or "")
    assert "does not fit" in (fault(body=body[:-1] + b',"more":1}') or ""), "a key more is a leak"
    assert "not in the document" in (fault(path="/api/v1/nothing") or "")
    assert fault(path="/api/v1/nothing", status=404) is None
    assert "no body" in (document.fault("POST", "/api/v1/history/seen", 204, None, b"x") or "")


async def a_handler(ask: Ask) -> Any:
    """Does something."""
    return answer_json({})


def test_a_path_with_patterns_of_its_own_is_written_with_bare_names() -> None:
    route = Route(
        "GET", r"/api/v1/sites/{site}/files/{name:[a-z]{1,8}}", a_handler, Needs.SESSION, answer="text/csv"
    )
    told = json.loads(openapi([route], "cookie"))
    ((path, item),) = told["paths"].items()
    assert path == "/api/v1/sites/{site}/files/{name}"
    patterns = {part["name"]: part["schema"]["pattern"] for part in item["get"]["parameters"]}
    assert patterns == {"site": "^[A-Za-z0-9_-]{1,64}$", "name": "^[a-z]{1,8}$"}
    assert item["get"]["responses"]["200"]["content"] == {"text/csv": {}}


def test_an_address_that_takes_other_methods_says_so_in_words(house: House) -> None:
    answer = house.ask("PUT", "/api/v1/history")
    assert (answer.status, answer.json["code"], answer.header("Allow")) == (405, "wrong_method", "GET")
    assert answer.header("Content-Type") == "application/problem+json"
    page = house.ask("DELETE", "/sign-in")
    assert (page.status, page.header("Allow")) == (405, "GET,POST")
    assert "does not take this method" in page.text
