import copy
from collections.abc import Callable
from typing import Any

import pytest

from harness.config.settings import BackendConfig, DeepLink, Http
from harness.contract import CONTRACT
from harness.contract.published.data import changes, contract_data

Edit = Callable[[dict[str, Any]], object]


def edited(edit: Edit) -> dict[str, Any]:
    """The contract after a change to its data."""
    data = copy.deepcopy(contract_data())
    edit(data)
    return data


def clause(data: dict[str, Any], clause_id: str) -> dict[str, Any]:
    return next(row for row in data["clauses"] if row["id"] == clause_id)


def leads(data: dict[str, Any]) -> dict[str, Any]:
    return data["openapi"]["paths"]["/api/leads"]["get"]


NEW = {"id": "SEC-99", "level": "should", "title": "A new one", "source": "nowhere"}
EDITS: dict[str, tuple[Edit, list[str]]] = {
    "nothing": (lambda data: data, []),
    "the version alone": (lambda data: data.update(version="9.0.0"), []),
    "a clause more": (
        lambda data: data["clauses"].append(NEW),
        ["added    SEC-99: (should) A new one"],
    ),
    "a clause less": (
        lambda data: data["clauses"].remove(clause(data, "CB-07")),
        ["removed  CB-07: (must) One tap makes exactly one departure, with a user gesture, in the same tab"],
    ),
    "a level": (
        lambda data: clause(data, "SEC-04").update(level="must"),
        ["changed  SEC-04: level should → must"],
    ),
    "a title": (
        lambda data: clause(data, "ST-02").update(title="No 403"),
        ["changed  ST-02: title After the return the app meets no 403 → No 403"],
    ),
    "a source": (
        lambda data: clause(data, "ST-02").update(source="S9"),
        ["changed  ST-02: source S2 result 1 → S9"],
    ),
    "the order of clauses": (lambda data: data["clauses"].reverse(), []),
    "an endpoint less": (
        lambda data: data["openapi"]["paths"].pop("/api/leads"),
        ["removed  GET /api/leads: The leads, page by page"],
    ),
    "a status more": (
        lambda data: leads(data)["responses"].update({"402": {"description": "Pay"}}),
        ["changed  GET /api/leads: responses.402.description nothing → Pay"],
    ),
    "a header of the app": (
        lambda data: data["openapi"]["components"]["securitySchemes"].clear(),
        ["removed  header Authorization"],
    ),
    "the scheme": (
        lambda data: data["deep_link"].update(base="foryou://amo-crm/callback"),
        ["changed  deep link.base: foryoure://amo-crm/callback → foryou://amo-crm/callback"],
    ),
}


@pytest.mark.parametrize(("edit", "said"), EDITS.values(), ids=EDITS)
def test_each_change_of_the_contract_is_said(edit: Edit, said: list[str]) -> None:
    """Old against new, in one line each."""
    assert [str(change) for change in changes(contract_data(), edited(edit))] == said


def test_every_clause_is_there_with_its_source() -> None:
    """In the order of the contract."""
    rows = contract_data()["clauses"]
    assert [row["id"] for row in rows] == [each.id for each in CONTRACT]
    assert all(row["source"] and row["title"] for row in rows)


def test_what_names_a_clause_names_one_that_exists() -> None:
    """Operations, and what the app does with a link."""
    data = contract_data()
    named = {
        clause_id
        for methods in data["openapi"]["paths"].values()
        for operation in methods.values()
        for clause_id in operation["x-clauses"]
    } | {clause_id for row in data["deep_link"]["what_the_app_does"] for clause_id in row["clauses"]}
    assert named <= {each.id for each in CONTRACT}


def test_the_document_is_that_of_a_backends_own_paths() -> None:
    """Paths, dotted paths, headers and link from its configuration; no path to connect, no operation."""
    http = Http(
        callback="/cb", status="/s", leads="/l", exchange="/x", connected="data.on", leads_list="",
        leads_page="from",
        headers={"X-Session": "1", "Authorization": "Basic x"},
    )  # fmt: skip
    config = BackendConfig(http=http, deep_link=DeepLink("my-app", "crm", "/back"))
    data = contract_data(config)
    openapi = data["openapi"]
    assert set(openapi["paths"]) == {"/cb", "/s", "/l", "/x"}
    answers = {path: openapi["paths"][path]["get"]["responses"]["200"] for path in ("/s", "/l")}
    schemas = {path: answer["content"]["application/json"]["schema"] for path, answer in answers.items()}
    assert schemas["/s"]["properties"]["data"]["properties"]["on"] == {"type": "boolean"}
    assert schemas["/l"] == {"type": "array"}
    assert [each["name"] for each in openapi["paths"]["/l"]["get"]["parameters"]] == ["from"]
    assert {scheme["type"] for scheme in openapi["components"]["securitySchemes"].values()} == {"apiKey"}
    assert openapi["paths"]["/s"]["get"]["security"] == [{"X-Session": [], "Authorization": []}]
    assert "security" not in openapi["paths"]["/cb"]["get"]
    assert data["deep_link"]["base"] == "my-app://crm/back"
