"""GraphQL by hand: graphql-core in FastAPI under uvicorn."""

import os
from typing import Any

import uvicorn
from fastapi import FastAPI
from graphql import build_schema
from graphql import graphql as run
from pydantic import BaseModel

schema = build_schema("scalar Empty type Query { x: Int } type Mutation { ping: Empty! }")


class Request(BaseModel):
    """A request of GraphQL over HTTP."""

    query: str


class Root:
    """What is asked."""

    async def ping(self, _info: object) -> dict[str, Any]:
        """Answer."""
        return {}


app = FastAPI()


@app.post("/graphql")
async def answer(request: Request) -> dict[str, Any]:
    """Execute a document."""
    return (await run(schema, request.query, Root())).formatted


host, port = os.environ["BENCH_ADDRESS"].split(":")
print("ready", flush=True)
uvicorn.run(app, host=host, port=int(port), log_level="warning", access_log=False)
