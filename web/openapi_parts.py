"""What the OpenAPI document says of the API as a whole: headings, ways in, and the one form of an error."""

from __future__ import annotations

from typing import Any

ABOUT = (
    "The service of a 12345 hotline for programs. Every request but `/healthz` needs a bearer token or a "
    "session. Errors are problem+json (RFC 9457) with a stable `type`. Lists answer `next`: send it as "
    "`after` for the following page. Moments are ISO 8601 in UTC, durations are seconds unless the name says "
    "`_ms` or `_us`; what is not known is null. Fields are added, never renamed."
)

TAGS = {
    "calls": "Calls with their steps, third lines, words and recordings.",
    "desk": "An agent's own desk: the call, the telephone, the draft.",
    "agents": "What agents do, and what they are told to do.",
    "floor": "Who does what, for those who lead.",
    "queue": "The figures with their definitions, and the state of this moment.",
    "third-lines": "Whom a call can be joined by.",
    "three-way": "Third lines that were brought into calls.",
    "recordings": "What was said, as sound.",
    "transcripts": "What was said, as words.",
    "tickets": "Draft tickets: read, correct, confirm.",
    "callbacks": "The callback robot: campaigns, callbacks, the quiet list.",
    "menus": "The voice menu: read, check, apply.",
    "alarms": "What is wrong, and who has seen it.",
    "webhooks": "What was sent to other systems, and what became of it.",
    "users": "Who may sign in.",
    "tokens": "Programs' own tokens.",
    "session": "Who is signed in here.",
    "access-log": "Who looked at what.",
    "reveals": "Masked values, shown for a reason.",
    "service": "The service itself.",
}

SECURITY: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API token, or the token of `[web]`."},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "hotline_session",
        "description": "A sign-in of a page; what changes something needs the page's own `Origin`.",
    },
}

PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "detail", "retryable"],
    "properties": {
        "type": {"type": "string", "description": "`urn:hotline:` and the stable id of the error."},
        "title": {"type": "string", "description": "The status in words."},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong, and what to do next."},
        "retryable": {"type": "boolean", "description": "Whether the same request may succeed later."},
        "errors": {
            "type": "array",
            "description": "Of a refused value: which, and why.",
            "items": {
                "type": "object",
                "required": ["field", "message"],
                "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
            },
        },
    },
}

STATUS_NAMES = {
    200: "Done",
    201: "Made",
    202: "Begun; what becomes of it comes as events",
    204: "Done, nothing to tell",
    206: "The part that was asked for",
    304: "Unchanged",
    401: "Not signed in",
    403: "Not allowed",
    404: "Not there",
    409: "Not as it is now",
    416: "No such part",
    422: "Refused",
    502: "The switch refused",
    503: "Not now",
}
