/** Words that mean something to one of the tools that read a system. */

/** Those that may stand in any name in snake_case, in the order of who knows them. */
export const words: readonly string[] = [
  // Keywords and built-ins of Python, JavaScript, protobuf and GraphQL.
  ..."lambda async match case del class delete new list id input print type filter super".split(
    " ",
  ),
  ..."message service rpc enum oneof map reserved returns stream package option".split(" "),
  ..."query mutation subscription fragment schema scalar interface union on repeatable".split(" "),
  // Types of those languages, and of ours.
  ..."string int float bool timestamp uuid bytes json any object record promise date".split(" "),
  // Modules: of the languages, of what a system depends on, of hybridge.
  ..."typing asyncio datetime os path fs events http stream process console".split(" "),
  ..."pydantic fastapi grpc aiokafka fastify graphql ajv protobuf google".split(" "),
  ..."contract handlers settings main wiring codec stubs contracts transports examples".split(" "),
  ..."services service_runtime gateway_runtime calls observers typed_clients index".split(" "),
  ..."job jobs problem health error event operation words decode encode module server".split(" "),
  // Rules of linters: E741, noThenProperty, names with a digit.
  ..."l o i then constructor prototype a1 x_1 x1 fooo_2_bar e2e".split(" "),
  // What pytest and node --test collect.
  ..."test tests test_connection conftest connection_test fixture request pytest".split(" "),
  // What stands behind names of hosts, files and variables.
  ..."replicas shared names default port url token topics migrate config".split(" "),
  // Members that every message, model or object has.
  ..."copy dict construct fields name descriptor clear to_json value_of has_own_property".split(
    " ",
  ),
  ..."self cls args kwargs call context data output result exports require".split(" "),
];

/** What hybridge and code generators put behind a name to make another one. */
export const endings: readonly string[] =
  "request response input output part parts event data operation entry value kind type client 1 table".split(
    " ",
  );

/** Names of which others are made, so that they meet. */
export const stems: readonly string[] = "order item a b refund my_url status".split(" ");

/** Names in PascalCase beside those that are made of words. */
export const types: readonly string[] =
  "I O L A AB ABC MyUrl MyURL Url2 Order OrderItem Items Value Struct Empty Message Root Rpc".split(
    " ",
  );

/** Values of enums beside words. */
export const values: readonly string[] =
  "then l I O A a None True self class constructor UNSPECIFIED unspecified UNRECOGNIZED unknown".split(
    " ",
  );

/** Names of services beside those that are made of words. */
export const services: readonly string[] =
  "a-grpc a-to-b a-from-b a-replicas b-port my-url typings venv lib node-modules data coverage".split(
    " ",
  );
