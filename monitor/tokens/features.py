"""What a token turns on: the features a Jitsi server knows, and what a list of them leaves of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from monitor.core.text import clean

FEATURES = (
    "recording",
    "livestreaming",
    "screen-sharing",
    "transcription",
    "outbound-call",
    "sip-outbound-call",
    "sip-inbound-call",
    "inbound-call",
    "flip",
    "branding",
    "calendar",
    "create-polls",
    "file-upload",
    "lobby",
    "moderation",
    "room",
    "send-groupchat",
    "send-private-message",
    "list-visitors",
    "live-translation",
)
"""Every key of ``context.features`` that a server knows; any other is invalid."""


def listed_features(claims: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """``context.features`` as it stands, or None where there is none: then the server's defaults hold."""
    context = claims.get("context")
    features = context.get("features") if isinstance(context, dict) else None
    return features if isinstance(features, dict) else None


def features_on(claims: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The known features that are on; None where the server's defaults hold. What is not listed is off."""
    listed = listed_features(claims)
    if listed is None:
        return None
    return tuple(name for name in FEATURES if listed.get(name) is True or listed.get(name) == "true")


def feature_notes(claims: Mapping[str, Any]) -> list[str]:
    """What is invalid in ``context.features``, a sentence each."""
    context = claims.get("context")
    features = context.get("features") if isinstance(context, dict) else None
    if features is None:
        return []
    if not isinstance(features, dict):
        return ["context.features is no object: it turns nothing on."]
    notes = []
    for name, value in features.items():
        if name not in FEATURES:
            notes.append(f"the feature {clean(name, 40)} is not known to Jitsi, and does nothing.")
        elif not is_switch(value):
            notes.append(f"the feature {name} is neither true nor false: it is off.")
    return notes


def is_switch(value: object) -> bool:
    """Whether a server takes `value` for a feature: true, false, or the text of either."""
    return isinstance(value, bool) or value in ("true", "false")
