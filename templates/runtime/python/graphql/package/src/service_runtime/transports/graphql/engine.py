"""graphql-core, as this service uses it."""

# It leaves parameters of its generic types open: here only, so that the rest is checked strictly.
# pyright: reportUnknownMemberType=false

from collections.abc import AsyncIterator
from inspect import isawaitable

import graphql
from graphql import DocumentNode, ExecutionResult, GraphQLSchema
from service_runtime.transports.graphql.context import Context
from service_runtime.transports.graphql.request import Request


async def execute(
    schema: GraphQLSchema, document: DocumentNode, request: Request, context: Context
) -> ExecutionResult:
    """Execute a query or a mutation; resolvers are cancelled with it."""
    result = graphql.execute(
        schema,
        document,
        context_value=context,
        variable_values=request.variables,
        operation_name=request.operation_name,
    )
    return await result if isawaitable(result) else result


async def subscribe(
    schema: GraphQLSchema, document: DocumentNode, request: Request, context: Context
) -> AsyncIterator[ExecutionResult] | ExecutionResult:
    """Begin a subscription; a result by itself says why it did not begin."""
    found = graphql.subscribe(
        schema,
        document,
        context_value=context,
        variable_values=request.variables,
        operation_name=request.operation_name,
    )
    return await found if isawaitable(found) else found
