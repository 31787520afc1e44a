"""What a client sends."""

from typing import Annotated, Any

from pydantic import BaseModel, Field


class Request(BaseModel):
    """The parameters of a GraphQL request over HTTP, as JSON.

    https://graphql.github.io/graphql-over-http/draft/#sec-Request-Parameters

    Attributes:
        document_id: The identifier of a document that the service knows: `sha256:` and the hash of
            its text in hexadecimal (the persisted documents of the same specification).
        query: The text of a document, where there is no identifier.
        operation_name: Which of several operations is meant.
        variables: By name.
    """

    document_id: Annotated[str, Field(alias="documentId")] = ""
    query: str = ""
    operation_name: Annotated[str | None, Field(alias="operationName")] = None
    variables: dict[str, Any] | None = None
