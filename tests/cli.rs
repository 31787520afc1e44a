//! The command line as people see it: whole stdout and stderr, and the exit code.
//!
//! `TRYCMD=overwrite cargo test --test cli` writes down what is printed now; read the difference.

#[cfg(target_os = "linux")]
mod support;

#[test]
fn commands_print_what_is_written_down() {
    trycmd::TestCases::new()
        .env("NO_COLOR", "1")
        .env("COLUMNS", "100")
        .env("XDG_CONFIG_HOME", "/nonexistent/config")
        .env("XDG_CACHE_HOME", "/nonexistent/cache")
        .env("XDG_DATA_HOME", "/nonexistent/data")
        .case("tests/cmd/*.trycmd")
        .default_bin_name("hybridge");
}

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_printed_is_an_error() {
    use std::process::Stdio;
    for arguments in [
        &["schema"][..],
        &["list", "--json"],
        &["--help"],
        &["completions", "bash"],
    ] {
        let full = std::fs::File::options()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let output = support::command(support::root(), arguments)
            .stdout(full)
            .stderr(Stdio::piped())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
    }
}
