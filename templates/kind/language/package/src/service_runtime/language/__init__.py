"""Answers of a language model, token by token, whatever computes them.

`model.py` is what handlers ask; `engine.py` says what it asks in turn: `remote.py`, a server with
OpenAI's API, or `embedded.py`, llama.cpp in this process.
"""
