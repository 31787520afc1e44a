//! A contract as Protocol Buffers has it: messages, enums and how each value is carried.

/// Everything that `contracts/<service>.proto` says.
#[derive(Debug, Clone)]
pub struct Document {
    /// `shop.vision.v1`
    pub package: String,
    /// `VisionService`
    pub service: String,
    pub description: String,
    pub methods: Vec<Method>,
    /// The events' own messages stand among the others; this is which of them is told how.
    pub events: Vec<EventCase>,
    pub messages: Vec<Message>,
}

/// An operation.
#[derive(Debug, Clone)]
pub struct Method {
    pub operation: String,
    /// Of the method, in PascalCase.
    pub name: String,
    pub description: String,
    pub request: String,
    pub response: String,
    /// Where it answers in parts, what its responses hold.
    pub stream: Option<Stream>,
    /// PascalCase of the operation: `PredictInput` and `PredictOutput` are its records.
    pub class: String,
}

/// The messages of an answer in parts, of which each response holds one.
#[derive(Debug, Clone)]
pub struct Stream {
    pub part: String,
    pub output: String,
}

impl Method {
    /// The messages that hold the records of its answer.
    pub fn answers(&self) -> Vec<&str> {
        match &self.stream {
            Some(Stream { part, output }) => vec![part, output],
            None => vec![&self.response],
        }
    }
}

/// An event, as one of the cases of the stream's answers.
#[derive(Debug, Clone)]
pub struct EventCase {
    pub event: String,
    /// Name of its member in the `oneof`.
    pub case: String,
    /// `SpikedEvent`: the message, and the record in either language.
    pub message: String,
    pub class: String,
}

#[derive(Debug, Clone)]
pub struct Message {
    pub name: String,
    /// With the messages around it: `PredictRequest.GridItem`.
    pub path: String,
    pub description: String,
    /// What it is in the contract; `""` for what only Protocol Buffers needs.
    pub record: String,
    pub fields: Vec<Field>,
    /// The fields from this one on are the cases of the `oneof` of this name.
    pub oneof: Option<(usize, String)>,
    pub enums: Vec<Enum>,
    pub wrappers: Vec<Message>,
    pub reserved: Reserved,
}

/// Numbers and names that must not come back.
#[derive(Debug, Clone, Default)]
pub struct Reserved {
    pub numbers: Vec<u32>,
    pub names: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct Field {
    pub name: String,
    pub description: String,
    /// `optional `, `repeated ` or nothing, and the type.
    pub kind: String,
    pub number: u32,
    /// Where protobuf's own would be that of another field.
    pub json_name: Option<String>,
    pub coding: Coding,
    /// Of the contract: optional, or with a default.
    pub may_be_absent: bool,
    /// Of the message: absent is not the same as empty.
    pub has_presence: bool,
}

#[derive(Debug, Clone)]
pub struct Enum {
    pub name: String,
    pub path: String,
    /// The value that stands for none.
    pub zero: String,
    /// (word, value, number)
    pub values: Vec<(String, String, u32)>,
    pub reserved: Reserved,
}

/// How a value of the contract becomes a value of a message.
#[derive(Debug, Clone, PartialEq)]
pub enum Coding {
    /// It is the same on both sides.
    Same,
    Uuid,
    Timestamp,
    Bytes,
    Json,
    /// By the path of the enum.
    Enum(String),
    /// By the name of the message.
    Message(String),
    List(Box<Coding>),
    Map(Box<Coding>),
    /// In a message of its own, because protobuf has no list of lists and no list that may be absent.
    Wrapped {
        message: String,
        member: &'static str,
        value: Box<Coding>,
    },
}
