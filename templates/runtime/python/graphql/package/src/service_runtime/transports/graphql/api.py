"""The contract of a service, executed."""

from collections.abc import AsyncGenerator, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, Self

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLField,
    GraphQLResolveInfo,
    OperationType,
    build_ast_schema,
    map_async_iterable,
    parse,
)
from pydantic import JsonValue, ValidationError
from service_runtime.calls.operation import Operation
from service_runtime.calls.problem import Problem, invalid
from service_runtime.calls.values import Model
from service_runtime.transports.graphql import engine
from service_runtime.transports.graphql.context import Context
from service_runtime.transports.graphql.documents import Documents
from service_runtime.transports.graphql.maps import Maps
from service_runtime.transports.graphql.request import Request
from service_runtime.transports.graphql.responses import Response, problem_of, refusal, response
from service_runtime.transports.graphql.stream import Message, follow, message


class Api:
    """Answers documents.

    A root field is an operation, whose answer is whole when its handler returns: the contract has
    no edges that would be fetched one by one, so there is nothing for loaders to batch.
    """

    def __init__(
        self,
        schema: str,
        documents: Mapping[str, str],
        operations: Iterable[Operation[Any, Any, Any]],
    ) -> None:
        """Put the operations behind the fields of a schema.

        Args:
            schema: In GraphQL's schema definition language.
            documents: Texts of the documents that gateways ask with, by identifier.
            operations: Those that the schema names.
        """
        node = parse(schema, no_location=True)
        self.schema: Final = build_ast_schema(node)
        self.maps: Final = Maps(node)
        self._documents: Final = Documents(self.schema, documents)
        for operation in operations:
            self._bind(operation)
        self._bind_events()

    @classmethod
    def load(cls, package: Path, operations: Iterable[Operation[Any, Any, Any]]) -> Self:
        """The contract that stands in the folder of a package."""
        return cls(
            (package / "contract.graphql").read_text(encoding="utf-8"),
            Documents.read(package / "contract.documents.json"),
            operations,
        )

    async def answer(self, request: Request, context: Context) -> Response:
        """Execute a query or a mutation; whatever goes wrong is in the response.

        Cancelling it cancels the handlers.
        """
        try:
            document = self._document(request, context, is_stream=False)
        except Problem as problem:
            return refusal(problem)
        return response(await engine.execute(self.schema, document, request, context))

    async def subscribe(self, request: Request, context: Context) -> AsyncGenerator[Message]:
        """Begin a subscription.

        Raises:
            Problem: Why there is none.
        """
        document = self._document(request, context, is_stream=True)
        results = await engine.subscribe(self.schema, document, request, context)
        if isinstance(results, ExecutionResult):
            raise problem_of((results.errors or [])[0])
        return map_async_iterable(results, message)

    def _document(self, request: Request, context: Context, *, is_stream: bool) -> DocumentNode:
        document = self._documents.find(request, is_open=context.is_open)
        if (document.operation is OperationType.SUBSCRIPTION) is not is_stream:
            raise Problem("invalid_argument", "a subscription, and nothing else, is a stream")
        return document.node

    def _bind(self, operation: Operation[Any, Any, Any]) -> None:
        root = self.schema.query_type if operation.safe else self.schema.mutation_type
        if root is None or operation.name not in root.fields:
            raise ValueError(f"the schema does not have the operation `{operation.name}`")
        field = root.fields[operation.name]
        values = Values(operation.input, field, self.maps)

        async def resolve(
            _root: object, info: GraphQLResolveInfo[Context], **arguments: JsonValue
        ) -> JsonValue:
            output = await info.context.run(operation, values.taken(arguments))
            return values.given(output.model_dump(mode="json"))

        field.resolve = resolve

    def _bind_events(self) -> None:
        root = self.schema.subscription_type
        if root is None:
            raise ValueError("the schema has no subscription")

        async def events(
            _root: object, info: GraphQLResolveInfo[Context], after: str | None = None
        ) -> AsyncGenerator[dict[str, JsonValue]]:
            async for event in follow(self.schema, self.maps, info.context.events, after or ""):
                yield {"events": event}

        root.fields["events"].subscribe = events


class Values:
    """Takes a field's argument to an operation, and its answer back."""

    def __init__(self, kind: type[Model], field: GraphQLField, maps: Maps) -> None:
        argument = field.args.get("input")
        self._input: Final = kind
        self._maps: Final = maps
        self._takes: Final = argument.ast_node.type if argument and argument.ast_node else None
        self._gives: Final = field.ast_node.type if field.ast_node else None

    def taken(self, arguments: Mapping[str, JsonValue]) -> Model:
        """The input of the operation; raises Problem."""
        value = arguments.get("input", {})
        given = value if self._takes is None else self._maps.joined(value, self._takes)
        try:
            return self._input.model_validate(given)
        except ValidationError as error:
            raise invalid([{**wrong} for wrong in error.errors()]) from None

    def given(self, answer: JsonValue) -> JsonValue:
        """An answer as the schema has it."""
        return answer if self._gives is None else self._maps.split(answer, self._gives)
