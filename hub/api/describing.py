"""What the API's description (OpenAPI) says of bodies and errors that the framework cannot see by itself."""

from typing import Any

from pydantic import BaseModel

from hub.api.problems import MEDIA_TYPE, ProblemDocument

_TEXT_OF = {
    400: "Refused: unsafe, unreadable, or not a message.",
    401: "No valid bearer token.",
    403: "Your partner may not do this.",
    404: "Not there, or not yours.",
    408: "The message did not arrive in time.",
    409: "This message id was used before for other bytes.",
    413: "The message is too large.",
    415: "This content type is not taken here.",
    422: "Unusable: every wrong field is named.",
    429: "Too many requests; send the same again after Retry-After seconds.",
    503: "Send the same again after Retry-After seconds. `ledger-unavailable`, `reading-again`: nothing was accepted. "
    "`not-passed-on`: the message is kept and nobody has been told yet, so telephone.",
}
_HEADERS_OF = {
    status: {"headers": {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}}
    for status in (429, 503)
}


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the description of problem documents by status."""
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}}}
    described = {status: {"description": _TEXT_OF[status], "content": content} for status in statuses}
    return {status: {**one, **_HEADERS_OF.get(status, {})} for status, one in described.items()}


ERRORS = errors(*_TEXT_OF)
READING_ERRORS = errors(401, 403, 404, 422, 429, 503)


def raw_body(*media_types: str) -> dict[str, Any]:
    """Describe a body that is read as bytes."""
    content = {media: {"schema": {"type": "string", "format": "binary"}} for media in media_types}
    return {"requestBody": {"required": True, "content": content}, "parameters": [_MESSAGE_ID]}


def json_body(model: type[BaseModel]) -> dict[str, Any]:
    """Describe a JSON body that the hub reads itself, after it knows who sends it and how long it is."""
    schema = {"$ref": f"#/components/schemas/{model.__name__}"}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


def described(document: dict[str, Any], *models: type[BaseModel]) -> dict[str, Any]:
    """Add the models that only descriptions mention to an OpenAPI document."""
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    for model in models:
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    return document


_MESSAGE_ID = {
    "name": "Message-Id",
    "in": "header",
    "required": False,
    "description": "Your own id of this message, for formats that carry none; without any its digest is taken.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$"},
}
