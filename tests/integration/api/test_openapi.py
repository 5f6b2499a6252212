"""The OpenAPI document: complete, true, and with examples that are what they say."""

import ast
import re
from typing import Any
from uuid import uuid4

import orjson
import pytest
from fastapi.routing import APIRoute
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, ConfigDict

from api import (
    acts,
    cases,
    delegations,
    health,
    ledger_routes,
    officers,
    places,
    refusal_routes,
    schemas,
    seal_routes,
    start,
)
from api.documentation import EXAMPLE_ORIGIN
from api.documents import routes as documents
from api.evidence import routes as evidence
from api.problems import classify
from api.publishing import routes as publishing
from api.wording import TEXTS
from domain.errors import NotAllowed
from ledger.act import parse_act
from ledger.errors import Conflict, Refused
from tests.county import submit_data
from tests.integration.api.conftest import Office
from tests.integration.api.test_problems import AT_THE_DOOR
from tests.service import publish

JSON = "application/json"


@pytest.fixture(scope="module")
def document(office: Office) -> dict[str, Any]:
    answer = office.get("/openapi.json")
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, verb, each) for path, verbs in document["paths"].items() for verb, each in verbs.items()]


def raised_kinds() -> set[tuple[str, str]]:
    """(kind of error, code) of every refusal of an act that is written out in the rooms' code."""
    found = set()
    for path in AT_THE_DOOR:
        if path.stem in ("cases", "ledger_routes") or path.parent.name in ("documents", "evidence"):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                code: Any = {keyword.arg: keyword.value for keyword in node.keywords}.get("code")
                if node.func.id == "NotAllowed":
                    code = node.args[0]
                if node.func.id in ("NotAllowed", "Refused", "Conflict") and isinstance(code, ast.Constant):
                    found.add((node.func.id, str(code.value)))
    return found


def test_every_path_that_answers_is_documented_and_the_other_way_round(document: dict[str, Any]) -> None:
    served = {
        (route.path_format, method.lower())
        for room in (
            start,
            acts,
            cases,
            delegations,
            places,
            officers,
            documents,
            refusal_routes,
            evidence,
            health,
            ledger_routes,
            seal_routes,
            publishing,
        )
        for route in room.router.routes
        if isinstance(route, APIRoute) and route.include_in_schema
        for method in route.methods or ()
    }
    assert {(path, verb) for path, verb, _ in operations(document)} == served
    assert ("/acts", "post") in served


def test_every_operation_says_what_it_does_and_how_it_can_end(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    for path, verb, operation in operations(document):
        assert operation["summary"], path
        assert operation["description"], path
        assert operation["tags"], path
        for status, response in operation["responses"].items():
            assert response["description"], (path, status)
            if status >= "400":
                assert set(response["content"]) == {"application/problem+json"}, (path, status)
                assert response["content"]["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
            elif status < "300" and verb != "head":
                assert response["content"], (path, verb)
                assert response["content"].get(JSON, {"schema": 1}) != {"schema": {}} or path == "/ledger/lines/{index}"
        if "parameters" in operation or "requestBody" in operation:
            assert "422" in operation["responses"], path
        for parameter in operation.get("parameters", ()):
            assert parameter["schema"], path


def test_the_document_keeps_to_the_specification(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(document).validate()


def test_summaries_are_in_both_languages_and_every_status_names_its_codes(document: dict[str, Any]) -> None:
    for path, verb, operation in operations(document):
        assert re.search(r"[\u4e00-\u9fff]", operation["summary"]), path
        assert re.search(r"[a-z]{3}", operation["summary"]), path
        for status, response in operation["responses"].items():
            if status >= "400":
                codes = response["description"].partition(": ")[2].split(", ")
                assert codes, (path, verb, status)
                assert set(codes) <= set(TEXTS), (path, verb, status)


def test_every_refusal_of_an_act_is_documented_under_its_status(document: dict[str, Any]) -> None:
    responses = document["paths"]["/acts"]["post"]["responses"]
    documented = {
        (int(status), code)
        for status, response in responses.items()
        if status >= "400"
        for code in response["description"].partition(": ")[2].split(", ")
    }
    kinds = {"NotAllowed": lambda code: NotAllowed(code, ""), "Refused": lambda code: Refused("", code=code)}
    kinds["Conflict"] = lambda code: Conflict("", code=code)
    wanted = {(classify(kinds[kind](code))[0], code) for kind, code in raised_kinds()}
    assert wanted - documented == set()


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    def references(node: Any) -> Any:
        if isinstance(node, dict):
            yield from ([node["$ref"]] if "$ref" in node else [])
            for value in node.values():
                yield from references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    names = {reference.removeprefix("#/components/schemas/") for reference in references(document)}
    assert names <= set(document["components"]["schemas"])
    assert set(document["components"]["schemas"]) <= names


def test_the_example_act_is_sound_and_its_refusal_says_whose_ledger_it_is_for(
    office: Office, document: dict[str, Any]
) -> None:
    content = document["paths"]["/acts"]["post"]["requestBody"]["content"]
    act = content["application/sd-jwt"]["example"]
    parsed, jws = parse_act(act.encode(), EXAMPLE_ORIGIN)
    assert (parsed.code, jws.alg, len(parsed.disclosures)) == ("apply.submit", "Ed25519", 5)
    assert schemas.ActIn.model_validate(content[JSON]["example"]).act == act
    batch = document["paths"]["/acts/batch"]["post"]["requestBody"]["content"][JSON]["example"]
    assert schemas.BatchIn.model_validate(batch).acts == [act]
    body = office.refused(act, 422, "act.aud")
    assert (body["aud"], body["origin"]) == (EXAMPLE_ORIGIN, office.county.pen.origin)
    (result,) = office.batch(batch["acts"])
    assert result["problem"]["code"] == "act.aud"


def test_the_examples_of_the_readers_work_when_pasted(office: Office, document: dict[str, Any]) -> None:
    assert office.run(office.county.client.post("/ledger/seals")).is_success
    publish(office.settings)
    tried = 0
    for path, verb, operation in operations(document):
        needed = [p for p in operation.get("parameters", ()) if p["required"]]
        examples = {p["name"]: p.get("example") for p in needed}
        if verb == "get" and None not in examples.values():
            query = "&".join(f"{p['name']}={p['example']}" for p in needed if p["in"] == "query")
            answer = office.get(path.format(**examples) + (f"?{query}" if query else ""), accept="*/*")
            assert answer.status_code == 200, path
            assert answer.headers["content-type"].split(";")[0] in operation["responses"]["200"]["content"]
            tried += 1
    assert tried >= 8


def test_the_examples_of_the_writers_are_read_and_understood_when_pasted(
    office: Office, document: dict[str, Any]
) -> None:
    tried = 0
    for path, verb, operation in operations(document):
        for kind, content in operation.get("requestBody", {}).get("content", {}).items():
            if verb != "post":
                continue
            example = content["example"]
            body = example.encode() if isinstance(example, str) else orjson.dumps(example)
            answer = office.run(
                office.county.client.request(verb.upper(), path, content=body, headers={"content-type": kind})
            )
            results = answer.json().get("results", [{"problem": answer.json()}])
            assert [result["problem"]["code"] for result in results] == ["act.aud"], (path, kind)
            tried += 1
    assert tried == 5


def test_the_example_of_a_document_is_kept_when_pasted(office: Office, document: dict[str, Any]) -> None:
    put = document["paths"]["/documents/{sha256}"]["put"]
    kind, content = next(iter(put["requestBody"]["content"].items()))
    path = "/documents/" + put["parameters"][0]["example"]
    answer = office.run(
        office.county.client.put(path, content=content["example"].encode(), headers={"content-type": kind})
    )
    assert answer.status_code == 201
    closed(schemas.DocumentOut).model_validate(answer.json())
    documented = put["responses"]["422"]["description"]
    assert "document.digest" in documented
    assert "document.kind" in put["responses"]["415"]["description"]
    assert "document.altered" in put["responses"]["409"]["description"]


def closed(model: type[BaseModel]) -> type[BaseModel]:
    """The same model, with no room for members that it does not name."""
    return type(model.__name__, (model,), {"model_config": ConfigDict(extra="forbid")})


def test_answers_are_what_the_document_says(office: Office) -> None:
    case = str(uuid4())
    data, disclosures = submit_data()
    message = office.county.pen.sign(office.county.clerk, case, "apply.submit", data, disclosures)
    recorded = office.send(message)
    closed(schemas.Recorded).model_validate(recorded.json())
    accepted, refused = office.batch([message, "x"])
    closed(schemas.BatchRecorded).model_validate(accepted)
    schemas.BatchRefused.model_validate(refused)
    office.record(message)
    answers: list[tuple[str, type[BaseModel]]] = [
        ("/ledger/head", schemas.HeadOut),
        (f"/cases/{case}", schemas.CaseOut),
        (f"/cases/{case}/history", schemas.HistoryOut),
        (f"/cases/{case}/file", schemas.FileOut),
        (f"/streams/{case}", schemas.StreamOut),
        (f"/streams/{uuid4()}", schemas.StreamOut),
        ("/", schemas.StartOut),
        ("/health", schemas.HealthOut),
        ("/ready", schemas.ReadyOut),
    ]
    for path, model in answers:
        closed(model).model_validate(office.get(path).json())
    schemas.Problem.model_validate(office.get("/nothing").json())
    schemas.Problem.model_validate(office.run(office.county.client.put("/acts")).json())
    schemas.Problem.model_validate(office.send("x").json())
