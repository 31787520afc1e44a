//! What a system and its services may be called.

/// Says what is wrong with the name of a system or a service.
///
/// # Errors
/// The rule that the name breaks.
pub fn service(name: &str) -> Result<(), String> {
    let starts_well = name.starts_with(|c: char| c.is_ascii_lowercase());
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if starts_well && name.chars().all(fits) && !name.ends_with('-') && !name.contains("--") {
        return Ok(());
    }
    Err("lower-case letters and digits, joined by single hyphens, a letter first".into())
}
