//! Words that are taken in one of the places where names of a blueprint stand.

/// Every name ends up in others that are longer.
pub const MAX_NAME: usize = 40;

/// Words separated by white space.
#[derive(Debug, Clone, Copy)]
pub struct WordList(&'static str);

impl WordList {
    pub fn contain(self, word: &str) -> bool {
        self.iter().any(|known| known == word)
    }

    pub fn iter(self) -> impl Iterator<Item = &'static str> {
        self.0.split_ascii_whitespace()
    }
}

/// <https://docs.python.org/3.14/reference/lexical_analysis.html#keywords>
pub const PYTHON_KEYWORDS: WordList = WordList(
    "False None True and as assert async await break class continue def del elif else except
    finally for from global if import in is lambda nonlocal not or pass raise return try while
    with yield",
);

/// Reserved words of modules and strict code, and `undefined` and its like.
/// <https://tc39.es/ecma262/#sec-keywords-and-reserved-words>
pub const JAVASCRIPT_RESERVED: WordList = WordList(
    "arguments await break case catch class const continue debugger default delete do else enum
    eval export extends false finally for function if implements import in instanceof interface
    let new null package private protected public return static super switch this throw true try
    typeof undefined var void while with yield",
);

/// Names in lower case that every Python module has; hiding one breaks the code around it.
pub const PYTHON_BUILTINS: WordList = WordList(
    "abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod
    compile complex copyright credits delattr dict dir divmod enumerate eval exec exit filter
    float format frozenset getattr globals hasattr hash help hex id input int isinstance
    issubclass iter len license list locals map max memoryview min next object oct open ord pow
    print property quit range repr reversed round set setattr slice sorted staticmethod str sum
    super tuple type vars zip",
);

/// Top-level modules of the standard library of Python 3.11 to 3.14 (`sys.stdlib_module_names`).
pub const PYTHON_MODULES: WordList = WordList(
    "abc aifc annotationlib antigravity argparse array ast asynchat asyncio asyncore atexit
    audioop base64 bdb binascii bisect builtins bz2 calendar cgi cgitb chunk cmath cmd code codecs
    codeop collections colorsys compileall compression concurrent configparser contextlib
    contextvars copy copyreg crypt csv ctypes curses dataclasses datetime dbm decimal difflib dis
    distutils doctest email encodings ensurepip enum errno faulthandler fcntl filecmp fileinput
    fnmatch fractions ftplib functools gc genericpath getopt getpass gettext glob graphlib grp
    gzip hashlib heapq hmac html http idlelib imaplib imghdr imp importlib inspect io ipaddress
    itertools json keyword lib2to3 linecache locale logging lzma mailbox mailcap marshal math
    mimetypes mmap modulefinder msilib msvcrt multiprocessing netrc nis nntplib nt ntpath
    nturl2path numbers opcode operator optparse os ossaudiodev pathlib pdb pickle pickletools
    pipes pkgutil platform plistlib poplib posix posixpath pprint profile profiling pstats pty pwd
    py_compile pyclbr pydoc pydoc_data pyexpat queue quopri random re readline reprlib resource
    rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtpd smtplib
    sndhdr socket socketserver spwd sqlite3 sre_compile sre_constants sre_parse ssl stat
    statistics string stringprep struct subprocess sunau symtable sys sysconfig syslog tabnanny
    tarfile telnetlib tempfile termios test textwrap this threading time timeit tkinter token
    tokenize tomllib trace traceback tracemalloc tty turtle turtledemo types typing unicodedata
    unittest urllib uu uuid venv warnings wave weakref webbrowser winreg winsound wsgiref xdrlib
    xml xmlrpc zipapp zipfile zipimport zlib zoneinfo",
);

/// What the Python packages that services depend on are imported as, where that is not the name
/// under which they are installed; and what those packages depend on in turn.
pub const PYTHON_PACKAGES: WordList = WordList(
    "PIL aio_pika aiokafka aiomysql amqp annotated_types anyio argon2 asgiref asyncpg attr attrs
    bson celery certifi click coloredlogs contourpy cycler dateutil django dotenv fastapi
    faststream flask flatbuffers fontTools gevent google graphene greenlet grpc grpc_health
    grpc_reflection grpc_tools gunicorn h11 httptools httpx httpx2 humanfriendly hypothesis idna
    importlib_metadata itsdangerous jinja2 joblib jose jwt kiwisolver mako markupsafe matplotlib
    motor mpl_toolkits mpmath mypy numpy onnx onnxruntime opentelemetry orjson packaging pandas
    pika pip pkg_resources pluggy polars prometheus_client psutil psycopg pydantic
    pydantic_core pydantic_settings pygments pylab pymongo pymysql pyparsing pyramid pyright
    pytest pytest_asyncio pytz redis requests ruff scipy setuptools six skl2onnx sklearn sniffio
    sortedcontainers sqlalchemy sqlite_utils sse_starlette stamina starlette strawberry structlog
    sympy tensorflow threadpoolctl torch tornado typing_extensions typing_inspection tzdata
    urllib3 uv uvicorn uvloop waitress watchfiles websockets werkzeug wheel wrapt yaml zope",
);

/// What Python tools look for by name beside a service's package.
pub const PYTHON_PROJECT: WordList = WordList("build conftest dist docs src tests training");

/// Folders that git, ruff or pyright leave out wherever they stand, each as a Python package would be called.
/// <https://docs.astral.sh/ruff/settings/#exclude>
pub const SKIPPED_FOLDERS: WordList = WordList("buck_out node_modules site_packages");

/// Modules of Node.js itself, which npm gives to no package.
/// <https://docs.npmjs.com/cli/v11/configuring-npm/package-json#name>
pub const NODE_MODULES: WordList = WordList(
    "assert buffer cluster console constants crypto dgram dns domain events fs http http2 https
    inspector module net os path process punycode querystring readline repl stream sys timers tls
    tty url util v8 vm wasi zlib",
);

/// <https://learn.microsoft.com/windows/win32/fileio/naming-a-file#naming-conventions>
pub const WINDOWS_DEVICES: WordList = WordList(
    "aux com0 com1 com2 com3 com4 com5 com6 com7 com8 com9 con lpt0 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6
    lpt7 lpt8 lpt9 nul prn",
);

/// What stands behind `/api/` in every gateway beside the services, and channels of its own.
pub const GATEWAY_ROUTES: WordList =
    WordList("api docs events health jobs metrics openapi stream ws");

/// The machine itself (RFC 6761, 6.3), for whatever runs on it. Other hosts are those that modules bring.
pub const LOCALHOST: WordList = WordList("localhost");

/// What `services/index.ts` of a gateway declares beside the namespaces of the services. It declares `observer0` and so
/// on too.
pub const SERVICES_MODULE: WordList = WordList("calls observers typedClients");

/// Packages of ours that stand in a project beside its components, under the same scope in npm.
pub const OWN_PACKAGES: WordList = WordList("console gateway-runtime service-runtime");

/// Files that stand beside those that are named after services.
pub const SERVICE_FILES: WordList = WordList("index");

/// Attributes of pydantic's `BaseModel` (2.14), which a field would hide.
pub const PYDANTIC_ATTRIBUTES: WordList = WordList(
    "construct copy dict from_orm json model_computed_fields model_config model_construct
    model_copy model_dump model_dump_json model_extra model_fields model_fields_set
    model_json_schema model_parametrized_name model_post_init model_rebuild model_validate
    model_validate_json model_validate_strings parse_file parse_obj parse_raw schema schema_json
    update_forward_refs validate",
);

/// Names in lower case that annotations and defaults of the generated models use.
pub const MODEL_NAMES: WordList =
    WordList("b64decode bool bytes datetime dict float int list str uuid");

/// Members that JavaScript looks for on any object, so that one of ours would be called by chance.
pub const JAVASCRIPT_MEMBERS: WordList = WordList("constructor prototype then toString valueOf");

/// Functions that a generated handler calls.
pub const HANDLER_NAMES: WordList = WordList("unimplemented");

/// Classes, types and values that the generated Python or TypeScript, or a contract language, has.
pub const TYPE_NAMES: WordList = WordList(
    "Annotated AnswerHeaders Any ArithmeticError Array ArrayBuffer AssertionError AttributeError
    Awaited AwareDatetime Base64Bytes BaseException BaseExceptionGroup BaseModel BigInt Blob
    BlockingIOError Bool Boolean BrokenPipeError Buffer BufferError Bytes BytesWarning Call
    CallOptions Capitalize ChildProcessError ClassVar ConfigDict ConnectionAbortedError
    ConnectionError ConnectionRefusedError ConnectionResetError Crypto DataView Date DeadHeaders
    DeprecationWarning Dispatch EOFError Ellipsis EncodingWarning EnvironmentError Error Event
    EventData EventHeaders EventModel EventTarget Exception ExceptionGroup Exclude Extract False
    Field File FileExistsError FileNotFoundError Float FloatingPointError FormData Function
    FutureWarning GeneratorExit Headers ID IOError ImportError ImportWarning IndentationError
    IndexError Infinity Int InterruptedError Intl IsADirectoryError Iterator JSON Job JobChange
    JobHeaders Json JsonValue KeyError KeyboardInterrupt Literal LookupError Lowercase Map Math
    MemoryError Model ModuleNotFoundError Mutation NaN NameError NonNullable None
    NotADirectoryError NotImplemented NotImplementedError Number OPTIONAL OSError Object Omit
    Operation OperationContract Option OrderHeaders OverflowError Parameters Partial
    PendingDeprecationWarning PermissionError Pick Problem ProcessLookupError Promise Proxy Query
    RangeError ReadableStream Readonly ReadonlyArray Record RecursionError ReferenceError Reflect
    RegExp Request RequestHeaders Required ResourceWarning Resources Response ReturnType
    RuntimeError RuntimeWarning Service ServiceClient ServiceContract Set Settings
    StopAsyncIteration StopIteration String Subscription Symbol SyntaxError SyntaxWarning
    SystemError SystemExit TabError TimeoutError Timestamp True TypeError URIError URL
    URLSearchParams UUID Uint8Array UnboundLocalError Uncapitalize UnicodeDecodeError
    UnicodeEncodeError UnicodeError UnicodeTranslateError UnicodeWarning Uppercase UserWarning Uuid
    ValueError Warning WeakMap WeakRef WeakSet WebSocket Worker WritableStream ZeroDivisionError",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole() {
        assert!(PYTHON_KEYWORDS.contain("from"));
        assert!(PYTHON_MODULES.contain("zoneinfo"));
        assert!(!PYTHON_KEYWORDS.contain("fro"));
        assert!(!PYTHON_KEYWORDS.contain(""));
    }
}
