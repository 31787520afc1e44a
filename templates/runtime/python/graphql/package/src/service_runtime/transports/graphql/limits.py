"""How large a document may be that is not one of the contract's.

Depth and aliases bound what a short text can ask for; tokens bound what is read at all.
"""

from typing import Final

from graphql import (
    ASTValidationRule,
    FieldNode,
    FragmentSpreadNode,
    GraphQLError,
    OperationDefinitionNode,
    SelectionSetNode,
    ValidationContext,
)

MAX_TOKENS: Final = 5000
MAX_DEPTH: Final = 20
"""Fields inside each other."""
MAX_ALIASES: Final = 20


class DepthLimit(ASTValidationRule):
    """Fields do not stand deeper than `MAX_DEPTH` inside each other."""

    def enter_operation_definition(self, node: OperationDefinitionNode, *_args: object) -> None:
        """Look at one operation, with the fragments that it spreads."""
        if self._is_deeper(node.selection_set, MAX_DEPTH, frozenset()):
            self.report_error(GraphQLError(f"fields stand deeper than {MAX_DEPTH}", node))

    def _is_deeper(self, selected: SelectionSetNode, left: int, within: frozenset[str]) -> bool:
        for node in selected.selections:
            deeper, inside, seen = node, left, within
            if isinstance(node, FragmentSpreadNode):
                name = node.name.value
                fragment = self.context.get_fragment(name)
                # A fragment that spreads itself is reported by another rule.
                if fragment is None or name in within:
                    continue
                deeper, seen = fragment, within | {name}
            elif isinstance(node, FieldNode):
                inside = left - 1
                if inside < 0:
                    return True
            below: SelectionSetNode | None = getattr(deeper, "selection_set", None)
            if below is not None and self._is_deeper(below, inside, seen):
                return True
        return False


class AliasLimit(ASTValidationRule):
    """A document has at most `MAX_ALIASES` aliases."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        self._aliases = 0

    def enter_field(self, node: FieldNode, *_args: object) -> None:
        """Count a field that has one."""
        if node.alias is None:
            return
        self._aliases += 1
        if self._aliases == MAX_ALIASES + 1:
            self.report_error(GraphQLError(f"there are more than {MAX_ALIASES} aliases", node))


RULES: Final = (DepthLimit, AliasLimit)
