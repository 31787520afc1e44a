"""Answers in parts by hand: a subscription of graphql-core, as server-sent events under uvicorn."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from inspect import isawaitable
from typing import Any

import uvicorn
from fastapi import FastAPI
from fastapi.responses import StreamingResponse
from graphql import ExecutionResult, build_schema, parse, subscribe
from pydantic import BaseModel

schema = build_schema("""
    type Query { x: Int }
    type Subscription { tell(input: TellInput!): TellItem! }
    input TellInput { name: String!, words: Int!, seconds: Float!, size: Int! }
    type TellItem { part: TellPart, output: TellOutput }
    type TellPart { number: Int!, word: String! }
    type TellOutput { words: Int! }
""")


class Request(BaseModel):
    """A request of GraphQL over HTTP."""

    query: str
    variables: dict[str, Any]


class Root:
    """What is asked."""

    async def tell(self, _info: object, input: dict[str, Any]) -> AsyncIterator[dict[str, Any]]:
        """Say words."""
        for number in range(input["words"]):
            yield {"tell": {"part": {"number": number, "word": "x" * input["size"]}}}
            await asyncio.sleep(input["seconds"])
        yield {"tell": {"output": {"words": input["words"]}}}


app = FastAPI()


@app.post("/graphql")
async def answer(request: Request) -> StreamingResponse:
    """Execute a subscription."""
    found = subscribe(schema, parse(request.query), Root(), variable_values=request.variables)
    results = await found if isawaitable(found) else found
    if isinstance(results, ExecutionResult):
        raise RuntimeError(results.errors)

    async def events() -> AsyncIterator[str]:
        async for result in results:
            yield f"event: next\ndata: {json.dumps(result.formatted)}\n\n"
        yield "event: complete\ndata:\n\n"

    return StreamingResponse(events(), media_type="text/event-stream")


host, port = os.environ["BENCH_SERVICE"].split(":")
print("ready", flush=True)
uvicorn.run(app, host=host, port=int(port), log_level="warning", access_log=False)
