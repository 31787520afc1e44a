"""Which documents are answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphql import (
    DocumentNode,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    get_operation_ast,
    parse,
    specified_rules,
    validate,
)
from pydantic import TypeAdapter
from service_runtime.calls.problem import Problem
from service_runtime.transports.graphql.limits import MAX_TOKENS, RULES
from service_runtime.transports.graphql.request import Request

_MANIFEST: Final = TypeAdapter(dict[str, str])


@dataclass(frozen=True, slots=True)
class Document:
    """A document that may be executed."""

    node: DocumentNode
    operation: OperationType


class Documents:
    """The documents of the contract, and while developing any other."""

    def __init__(self, schema: GraphQLSchema, texts: Mapping[str, str]) -> None:
        """Parse the documents of the contract; they are known to be valid (a test holds that)."""
        self._schema: Final = schema
        self._known: Final = {
            name: _document(parse(text, no_location=True), None) for name, text in texts.items()
        }

    @staticmethod
    def read(file: Path) -> dict[str, str]:
        """Texts by identifier."""
        return _MANIFEST.validate_json(file.read_bytes())

    def find(self, request: Request, *, is_open: bool) -> Document:
        """The document that a request is about.

        Args:
            request: Names a document, or brings one.
            is_open: It may bring one of its own.

        Raises:
            Problem: `not_found` for an identifier that nobody knows, `permission_denied` for a text
                where only the contract's documents are answered, `invalid_argument` for one that
                is not valid, or too large.
        """
        if request.document_id:
            document = self._known.get(request.document_id)
            if document is None:
                raise Problem("not_found", f"there is no document {request.document_id}")
            return document
        if not is_open:
            raise Problem("permission_denied", "only the documents of the contract are answered")
        return self._checked(request)

    def _checked(self, request: Request) -> Document:
        try:
            node = parse(request.query, max_lexical_tokens=MAX_TOKENS)
        except GraphQLError as error:
            raise Problem("invalid_argument", error.message) from None
        errors = validate(self._schema, node, [*specified_rules, *RULES])
        if errors:
            raise Problem("invalid_argument", "; ".join(error.message for error in errors))
        return _document(node, request.operation_name)


def _document(node: DocumentNode, operation_name: str | None) -> Document:
    operation = get_operation_ast(node, operation_name)
    if operation is None:
        raise Problem("invalid_argument", "the document does not say which operation is meant")
    return Document(node, operation.operation)
