"""The contract of a service, executed."""

from collections.abc import AsyncGenerator, Callable, Iterable, Mapping
from inspect import isawaitable
from pathlib import Path
from typing import Any, Final, cast

import structlog
from graphql import (
    ExecutionResult,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationType,
    build_schema,
    execute,
    get_named_type,
    is_non_null_type,
    subscribe,
)
from pydantic import ValidationError

from ..model import Model
from ..operation import Operation
from ..problem import Problem
from ..validation import invalid
from .context import Context
from .documents import Documents
from .maps import Maps
from .request import Request
from .responses import Response, problem_of, refusal, response
from .stream import Message, follow, message

_logger = structlog.stdlib.get_logger(__name__)

Resolver = Callable[..., Any]


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
        self.schema: Final = build_schema(schema)
        self._maps: Final = Maps(self.schema)
        self._documents: Final = Documents(self.schema, documents)
        for operation in operations:
            self._bind(operation)
        self._bind_events()

    @classmethod
    def load(cls, package: Path, operations: Iterable[Operation[Any, Any, Any]]) -> "Api":
        """The contract that stands in the folder of a package."""
        return cls(
            (package / "contract.graphql").read_text(encoding="utf-8"),
            Documents.read(package / "contract.documents.json"),
            operations,
        )

    async def answer(self, request: Request, context: Context) -> Response:
        """Execute a query or a mutation. Whatever goes wrong is in the response.

        Cancelling it cancels the handler.
        """
        try:
            document = self._documents.find(request, context.is_open)
            if document.operation is OperationType.SUBSCRIPTION:
                raise Problem("invalid_argument", "subscriptions are answered as a stream")
        except Problem as problem:
            return refusal(problem)
        result = execute(
            self.schema,
            document.node,
            context_value=context,
            variable_values=request.variables,
            operation_name=request.operation_name,
        )
        return response(cast("ExecutionResult", await result if isawaitable(result) else result))

    async def subscribe(self, request: Request, context: Context) -> AsyncGenerator[Message]:
        """Begin a subscription.

        Raises:
            Problem: Why there is none.
        """
        document = self._documents.find(request, context.is_open)
        if document.operation is not OperationType.SUBSCRIPTION:
            raise Problem("invalid_argument", "only subscriptions are answered as a stream")
        found = subscribe(
            self.schema,
            document.node,
            context_value=context,
            variable_values=request.variables,
            operation_name=request.operation_name,
        )
        results = await found if isawaitable(found) else found
        if isinstance(results, ExecutionResult):
            raise problem_of((results.errors or [])[0])
        return _messages(cast("AsyncGenerator[ExecutionResult]", results))

    def _bind(self, operation: Operation[Any, Any, Any]) -> None:
        root = self.schema.query_type if operation.safe else self.schema.mutation_type
        if root is None or operation.name not in root.fields:
            raise ValueError(f"the schema does not have the operation `{operation.name}`")
        field = root.fields[operation.name]
        argument = field.args.get("input")

        async def resolve(_root: object, info: GraphQLResolveInfo, **arguments: Any) -> Any:
            given: Any = arguments.get("input", {})
            if argument is not None:
                given = self._maps.joined(given, argument.type)
            context: Context = info.context
            output = await context.run(operation, _payload(operation, given))
            return self._maps.parted(output.model_dump(mode="json"), field.type)

        field.resolve = resolve

    def _bind_events(self) -> None:
        root = self.schema.subscription_type
        if root is None:
            raise ValueError("the schema has no subscription")

        async def events(
            _root: object, info: GraphQLResolveInfo, after: str | None = None
        ) -> AsyncGenerator[Any]:
            context: Context = info.context
            async for event in follow(self.schema, self._maps, context.events, after or ""):
                yield {"events": event}

        root.fields["events"].subscribe = events


def _payload(operation: Operation[Any, Any, Any], given: object) -> Model:
    try:
        return operation.input.model_validate(given)
    except ValidationError as error:
        raise invalid([{**wrong} for wrong in error.errors()]) from None


async def _messages(results: AsyncGenerator[ExecutionResult]) -> AsyncGenerator[Message]:
    async for result in results:
        yield message(result)
