"""Batches as the companion module writes them."""

from __future__ import annotations

import base64
import json
from typing import Any

SERVER, HOST, SUB = "meet", "conference.meet.test", "sub-1"
FACTS = json.dumps({"protocol": 0, "kind": "main", "modules": ["muc", "muc_monitor", "token_affiliation"]})


def claims(**payload: Any) -> str:
    return base64.b64encode(json.dumps(payload).encode()).decode()


def occupant(oid: int, affiliation: str = "member", **fields: Any) -> list[Any]:
    record: dict[str, Any] = {
        "oid": oid,
        "nick": f"nick{oid}",
        "name": f"Person {oid}",
        "sessions": [[f"user{oid}@meet.test/web", None]],
        "role": "participant",
        "affiliation": affiliation,
        "joined_at": 100.5,
        "exactly": True,
        "exempt": None,
        "has_token": True,
        "token_id": f"t{oid}",
        "identity_without_token": False,
        "features": None,
        "change": None,
        "active_at": None,
        "claims": claims(room="alpha", exp=2000, context={"user": {"name": "N", "affiliation": "member"}}),
    }
    return list((record | fields).values())


def room(node: str, *occupants: list[Any], part: int = 0, more: bool = False) -> list[Any]:
    return [node, "main", None, None, 90.0, None, True, None, None, True, part, more, list(occupants) or None]


def batch(seq: int, sub: str = SUB, **fields: Any) -> str:
    return json.dumps({"sub": sub, "seq": seq, "now": 1000.0 + seq, **fields})
