//! Files of variables, each with the comment above it, apart by empty lines: `.env.example`.

use super::entries::merge_items;
use super::lines;

/// The merged text; `None` where a paragraph was changed on both sides and is not the same.
pub fn merge(base: &str, yours: &str, new: &str) -> Option<String> {
    let (base, yours, new) = (split(base), split(yours), split(new));
    let keys = |paragraphs: &[Paragraph]| -> Vec<String> {
        paragraphs.iter().map(|it| it.key.clone()).collect()
    };
    let is_distinct = |keys: &[String]| (1..keys.len()).all(|at| !keys[..at].contains(&keys[at]));
    let all = [keys(&base), keys(&yours), keys(&new)];
    if !all.iter().all(|keys| is_distinct(keys)) {
        return None;
    }
    let find = |paragraphs: &[Paragraph], key: &str| {
        let found = paragraphs.iter().find(|it| it.key == key);
        found.map(|it| it.text.clone())
    };
    let mut merged = Vec::new();
    // One that a person changed stays, also when the system has no use for it now.
    let mut order = merge_items(&all[0], &all[1], &all[2]);
    for (at, key) in all[1].iter().enumerate() {
        let is_edited = find(&base, key) != find(&yours, key);
        if is_edited && !order.contains(key) {
            order.insert(at.min(order.len()), key.clone());
        }
    }
    for key in &order {
        let text = match (find(&base, key), find(&yours, key), find(&new, key)) {
            (_, Some(yours), None) => yours,
            (None, None, Some(new)) => new,
            (base, Some(yours), Some(new)) => {
                // What is said of a variable and the variable itself change for reasons of their own.
                let base = base.unwrap_or_default();
                let sides = [parts(&base), parts(&yours), parts(&new)];
                let [(base, base_line), (yours, yours_line), (new, new_line)] = sides;
                let said = lines::merge(base, yours, new, lines::Kind::default()).clean()?;
                said + &lines::merge(base_line, yours_line, new_line, lines::Kind::default())
                    .clean()?
            }
            _ => continue,
        };
        merged.push(text.trim_end_matches('\n').to_owned());
    }
    Some(format!("{}\n", merged.join("\n\n")))
}

struct Paragraph {
    /// The variable that it is about; of any other, its text.
    key: String,
    /// With the end of its last line.
    text: String,
}

/// The lines before the variable, and those from it on.
fn parts(text: &str) -> (&str, &str) {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if variable(line).is_some() {
            return text.split_at(at);
        }
        at += line.len();
    }
    (text, "")
}

/// The name of the variable that a line sets, or would set.
fn variable(line: &str) -> Option<&str> {
    let name = line.trim_start_matches(['#', ' ']).split_once('=')?.0;
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    (!name.is_empty() && name.chars().all(is_name)).then_some(name)
}

fn split(text: &str) -> Vec<Paragraph> {
    let paragraphs = text.split("\n\n").map(|it| it.trim_matches('\n'));
    let paragraphs = paragraphs.filter(|it| !it.is_empty());
    let paragraph = |text: &str| {
        let variable = text.lines().find_map(variable).map(str::to_owned);
        Paragraph {
            key: variable.unwrap_or_else(|| text.to_owned()),
            text: format!("{text}\n"),
        }
    };
    paragraphs.map(paragraph).collect()
}
