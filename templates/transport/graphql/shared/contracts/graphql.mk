# The schemas by the rules of GraphQL's reference implementation, and the documents by the schemas.

contracts:: install
	@node tools/graphql.ts $(sort $(wildcard contracts/*.graphql))
