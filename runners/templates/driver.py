#!/usr/bin/env python3
"""A driver for RUNE, in Python 3.9 or newer, with nothing but its standard library.

What it does is yours to change: ask() below calls the model once; your driver
would run its agent. It is tested by:
make driver-test DRIVER='python3 runners/templates/driver.py'
"""

import json
import os
import socket
import sys
import urllib.error
import urllib.request

OPTIONS = {
    "type": "object",
    "properties": {"temperature": {"type": "number"}},
    "additionalProperties": False,
}


class DriverError(Exception):
    """An error for RUNE; its kind says whose fault it was."""

    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


def main():
    request = json.loads(sys.stdin.buffer.read())
    say = sayer(request["id"])
    try:
        say(status="ok", result=act(request["action"], request.get("params", {}), say))
    except Exception as error:  # An agent's failure is an error on the wire, never an answer.
        kind = getattr(error, "kind", "agent")
        say(status="error", error={"kind": kind, "message": str(error) or type(error).__name__})


def sayer(request_id):
    def say(**line):
        print(json.dumps({"id": request_id, **line}), flush=True)

    return say


def act(action, params, say):
    if action == "info":
        return {"driver": "template-python 1.0", "options": OPTIONS}
    if action == "ask":
        return ask(params, say)
    raise DriverError("unknown_action", f"there is no action {action}")


def ask(params, say):
    for name in params["options"]:
        if name not in OPTIONS["properties"]:
            raise DriverError("bad_option", f"there is no option {name}, but temperature")

    say(event="progress", message="asking the model", percent=0)
    content = "\n\n".join(filter(None, [params["question"], params.get("context")]))
    body = {"model": params["model"], "messages": [{"role": "user", "content": content}], **params["options"]}
    if "seed" in params:
        body["seed"] = params["seed"]
    # The meter speaks OpenAI's wire for a backend of Ollama's, too, below /v1.
    base_url = params["base_url"] + ("/v1" if params["backend_type"] == "ollama" else "")
    reply = call_model(base_url + "/chat/completions", body, params["deadline_seconds"])

    try:
        answer = reply["choices"][0]["message"]["content"] + ""
    except (KeyError, IndexError, TypeError):
        raise DriverError("model", "the model sent no answer") from None
    counts = reply.get("usage") or {}
    usage = {"input_tokens": counts.get("prompt_tokens", 0), "output_tokens": counts.get("completion_tokens", 0)}
    say(event="usage", **usage)
    with open(os.path.join(params["artifacts_dir"], "answer.txt"), "w", encoding="utf-8") as file:
        file.write(answer)
    return {"answer": answer, "usage": usage}


def call_model(url, body, deadline_seconds):
    headers = {"Content-Type": "application/json", "Authorization": "Bearer none"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    try:
        # A tenth of the time is left to tell of it.
        with urllib.request.urlopen(request, timeout=deadline_seconds * 0.9) as response:
            return json.load(response)
    except urllib.error.HTTPError as error:
        text = error.read(500).decode(errors="replace")
        raise DriverError("model", f"the call to the model failed: {error.code} {text}") from None
    except (OSError, ValueError) as error:
        if isinstance(getattr(error, "reason", error), socket.timeout):
            raise DriverError("timeout", "the model did not answer in time") from None
        raise DriverError("model", f"the call to the model failed: {error}") from None


main()
