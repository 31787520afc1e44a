//! Files as hybridge wrote them, out of the history of git.
//!
//! A state of format 1 has the digest of each file and no content. The commit in which a project was laid out has
//! the content, and the digest proves that it is the one.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};
use std::thread;

use super::git::Git;
use crate::written::{FileState, sha256};

/// No source is larger.
const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// The contents among the versions in git of these files, by path, that have the digest which was recorded. What
/// git cannot tell, because a clone is shallow or the repository broken, is left out.
pub fn contents(git: &Git<'_>, files: &BTreeMap<&str, &FileState>) -> Vec<Vec<u8>> {
    let wanted: BTreeSet<&str> = files.values().map(|it| it.sha256.as_str()).collect();
    let blobs = blobs(git, files.keys().copied()).unwrap_or_default();
    let mut found = BTreeMap::new();
    // What was read before something broke is as good as ever.
    let _ = read(git, &blobs, |bytes| {
        let digest = sha256(&bytes);
        if wanted.contains(digest.as_str()) {
            found.insert(digest, bytes);
        }
    });
    found.into_values().collect()
}

/// The names of all versions of files, as git has them.
fn blobs<'a>(git: &Git<'_>, paths: impl Iterator<Item = &'a str>) -> io::Result<BTreeSet<String>> {
    let mut command = git.command();
    command
        .args(["-c", "log.showRoot=true", "log", "--format=", "--raw", "-z"])
        .args(["--no-abbrev", "--no-renames", "--no-relative"])
        .args(["--no-show-signature", "--stdin"]);
    let paths = paths.map(|path| format!("{}{path}\n", git.prefix()));
    // Magic words in paths would mean something else than a path.
    command.env("GIT_LITERAL_PATHSPECS", "1");
    let asked = format!("HEAD\n--\n{}", paths.collect::<String>());
    let mut told = String::new();
    exchange(command, asked.into_bytes(), |output| {
        output.read_to_string(&mut told).map(|_| ())
    })?;
    // `:100644 100644 <before> <after> M`, then the path.
    let entries = told
        .split('\0')
        .filter_map(|it| it.trim().strip_prefix(':'));
    let names = entries.flat_map(|entry| entry.split(' ').skip(2).take(2).map(str::to_owned));
    Ok(names
        .filter(|name| name.bytes().any(|byte| byte != b'0'))
        .collect())
}

/// Reads blobs one after the other.
fn read(git: &Git<'_>, names: &BTreeSet<String>, mut each: impl FnMut(Vec<u8>)) -> io::Result<()> {
    let mut command = git.command();
    command.args(["cat-file", "--batch"]);
    let asked: String = names.iter().map(|name| format!("{name}\n")).collect();
    exchange(command, asked.into_bytes(), |output| {
        let mut header = String::new();
        while output.read_line(&mut header)? > 0 {
            // `<name> blob <size>`, then the content and a line feed; `<name> missing`.
            let size = header
                .trim_end()
                .rsplit_once(" blob ")
                .map(|(_, size)| size);
            if let Some(size) = size.and_then(|size| size.parse::<u64>().ok()) {
                let mut rest = output.by_ref().take(size + 1);
                match size > MAX_BYTES {
                    true => {
                        io::copy(&mut rest, &mut io::sink())?;
                    }
                    false => {
                        let mut content = Vec::new();
                        rest.read_to_end(&mut content)?;
                        content.pop();
                        each(content);
                    }
                }
            }
            header.clear();
        }
        Ok(())
    })
}

/// Starts a program that is asked on its stdin, and reads what it says meanwhile.
fn exchange(
    mut command: Command,
    asked: Vec<u8>,
    read: impl FnOnce(&mut BufReader<std::process::ChildStdout>) -> io::Result<()>,
) -> io::Result<()> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()?;
    let mut stdin = child.stdin.take().expect("piped above");
    let mut output = BufReader::new(child.stdout.take().expect("piped above"));
    // Both pipes are bounded: whoever only writes waits for a reader.
    let writer = thread::spawn(move || stdin.write_all(&asked));
    let done = read(&mut output);
    drop(output);
    let _ = writer.join();
    child.wait()?;
    done
}
