"""Genie spaces and serving endpoints."""

from __future__ import annotations

from typing import Any

from tests.workspace.rest_http import Asked, Reply, Routes, refusal
from tests.workspace.rest_world import GenieMessage

ROUTES = Routes()

SPACE = r"/api/2\.0/genie/spaces/([^/]+)"
CONVERSATION = rf"{SPACE}/conversations/([^/]+)"


@ROUTES.on("POST", rf"{SPACE}/start-conversation")
def start_conversation(asked: Asked, space: str) -> Reply:
    if space not in asked.world.genie_spaces:
        return refusal(404, "RESOURCE_DOES_NOT_EXIST", f"Space {space} does not exist.")
    conversation = asked.world.new_id("conversation")
    message = _put(asked, space, conversation)
    return Reply(
        {
            "conversation_id": conversation,
            "message_id": message["id"],
            "conversation": {"id": conversation, "space_id": space, "title": "t", "user_id": 1},
            "message": message,
        }
    )


@ROUTES.on("POST", rf"{CONVERSATION}/messages")
def create_message(asked: Asked, space: str, conversation: str) -> Reply:
    known = asked.world.genie_messages.values()
    if (conversation, asked.person.user_name) not in {(m.conversation, m.owner) for m in known}:
        return refusal(404, "RESOURCE_DOES_NOT_EXIST", f"Conversation {conversation} is unknown.")
    return Reply(_put(asked, space, conversation))


@ROUTES.on("GET", rf"{CONVERSATION}/messages/([^/]+)")
def get_message(asked: Asked, space: str, conversation: str, message_id: str) -> Reply:
    message = asked.world.genie_messages[message_id]
    if (message.space, message.conversation) != (space, conversation):
        return refusal(404, "RESOURCE_DOES_NOT_EXIST", "No such message.")
    if message.owner != asked.person.user_name:
        return refusal(403, "PERMISSION_DENIED", "Not your conversation.")
    message.polls += 1
    return Reply(_shown(message_id, message))


def _put(asked: Asked, space: str, conversation: str) -> dict[str, Any]:
    content = asked.json()["content"]
    script = asked.world.genie_spaces[space](content)
    message_id = asked.world.new_id("message")
    message = GenieMessage(space, conversation, asked.person.user_name, content, script)
    asked.world.genie_messages[message_id] = message
    return _shown(message_id, message)


def _shown(message_id: str, message: GenieMessage) -> dict[str, Any]:
    script = message.script
    state = script.states[min(message.polls, len(script.states) - 1)]
    body: dict[str, Any] = {
        "id": message_id,
        "message_id": message_id,
        "conversation_id": message.conversation,
        "space_id": message.space,
        "content": message.content,
        "status": state,
    }
    if state in ("COMPLETED", "QUERY_RESULT_EXPIRED"):
        body["attachments"] = _attachments(message)
    if state == "FAILED" and script.error is not None:
        kind, text = script.error
        body["error"] = {"type": kind, "error": text}
    return body


def _attachments(message: GenieMessage) -> list[dict[str, Any]]:
    script = message.script
    found: list[dict[str, Any]] = [
        {"attachment_id": f"t{number}", "text": {"content": content, "purpose": purpose}}
        for number, (purpose, content) in enumerate(script.texts)
    ]
    if script.sql is not None:
        query = {"query": script.sql, "description": "what it does", "statement_id": "st1"}
        found.append({"attachment_id": "q1", "query": query})
    if script.follow_ups:
        questions = {"questions": list(script.follow_ups)}
        found.append({"attachment_id": "s1", "suggested_questions": questions})
    return found


@ROUTES.on("POST", r"/serving-endpoints/chat/completions")
def chat_completions(asked: Asked) -> Reply:
    """The OpenAI-compatible face: the endpoint's name is the model."""
    body = asked.json()
    answer = asked.world.endpoints.get(body["model"])
    if answer is None:
        return refusal(404, "ENDPOINT_NOT_FOUND", f"Endpoint {body['model']} does not exist.")
    return Reply(answer(body))
