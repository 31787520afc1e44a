"""A service by hand, without guarantees: FastAPI under uvicorn."""

import os
import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel


class Nothing(BaseModel):
    """Neither asked nor answered."""


app = FastAPI()


@app.post("/ping")
async def ping(payload: Nothing) -> Nothing:
    """Answer."""
    return payload


host, port = os.environ["BENCH_SERVICE"].split(":")
print("ready", file=sys.stderr, flush=True)
uvicorn.run(app, host=host, port=int(port), log_level="warning", access_log=False)
