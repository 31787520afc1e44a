"""GraphQL for every framework that serves it: what comes in is answered, moving bytes is theirs.

The schema is the contract's own (`contract.graphql`), so no class of it is written twice: values
are the models of `contract.py`, and graphql-core runs documents on what they become as JSON.
"""
