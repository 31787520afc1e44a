//! What a pack may be at most. A pack that a team writes stays far below; a hostile one ends here.

/// Files of one pack.
pub const FILES: usize = 2_000;
/// Bytes of one file.
pub const FILE_BYTES: usize = 1024 * 1024;
/// Bytes of all files of one pack.
pub const PACK_BYTES: usize = 16 * 1024 * 1024;
/// Bytes of a template, which must be parsed.
pub const TEMPLATE_BYTES: usize = 256 * 1024;
/// Characters of a path.
pub const PATH_LENGTH: usize = 200;
/// Folders inside each other.
pub const PATH_DEPTH: usize = 16;
/// Packs that stack.
pub const PACKS: usize = 16;

/// Block tags of one template: an upper bound of how deep they nest.
pub const BLOCKS: usize = 400;
/// Bytes of one tag, from `{{` to `}}`.
pub const TAG_BYTES: usize = 4 * 1024;
/// Subexpressions of one tag.
pub const SUBEXPRESSIONS: usize = 16;
/// Partials inside each other.
pub const INCLUDE_DEPTH: usize = 8;
/// Tags of a template with all that it includes.
pub const EXPANDED_TAGS: usize = 100_000;

/// Turns of `{{#each}}` in one file, those of inner loops counted.
pub const TURNS: usize = 2_000_000;
/// Bytes of one rendered file.
pub const OUTPUT_BYTES: usize = 32 * 1024 * 1024;
/// Bytes of a whole system.
pub const SYSTEM_BYTES: usize = 1024 * 1024 * 1024;
/// Files of a whole system.
pub const SYSTEM_FILES: usize = 200_000;
/// How long the rendering of a system may take.
pub const RENDER_TIME: std::time::Duration = std::time::Duration::from_secs(120);
/// Stack of the threads that parse and render what packs bring.
pub const STACK_BYTES: usize = 64 * 1024 * 1024;
