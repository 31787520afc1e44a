//! What packs and their modules ask, after what `hybridge new` asks itself.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Choice, Prompter, Refusal, Unanswered};
use crate::blueprint::{self, overrides::Overrides};
use crate::catalogue::{Axis, Catalogue};
use crate::error::Error;
use crate::pack::Pack;
use crate::plan::component::Parts;
use crate::question::Answers;
use crate::question::prompt::{Kind, Prompt, complete};

/// Adds to `answers` what they leave open of the active packs, by asking.
///
/// # Errors
/// As for every question.
pub fn ask(
    prompter: &mut dyn Prompter,
    catalogue: &Catalogue,
    answers: &mut Overrides,
) -> Result<(), Unanswered> {
    let chosen = modules(catalogue, answers)?;
    for pack in catalogue.packs() {
        ask_pack(prompter, pack, &chosen, answers)?;
    }
    Ok(())
}

/// The folders of the modules that are chosen, as far as one of them may ask.
fn modules(catalogue: &Catalogue, answers: &Overrides) -> Result<BTreeSet<String>, Error> {
    let mut prompts = catalogue
        .packs()
        .iter()
        .flat_map(|pack| pack.manifest.prompts.values());
    if prompts.all(|prompt| prompt.module.is_none()) {
        return Ok(BTreeSet::new());
    }
    let blueprint = blueprint::compose(None, answers, catalogue)?;
    let targets = blueprint.targets.iter();
    let mut chosen: BTreeSet<String> = targets
        .map(|target| format!("{}/{target}", Axis::DEPLOY))
        .collect();
    chosen.insert("base".to_owned());
    for service in blueprint.services.values() {
        let parts = Parts::of(&blueprint, service, catalogue)?.parts;
        chosen.extend(parts.into_iter().map(|part| part.folder));
    }
    Ok(chosen)
}

/// Asks what a pack and its modules want to know, as far as it is not given and its conditions hold.
fn ask_pack(
    prompter: &mut dyn Prompter,
    pack: &Pack,
    chosen: &BTreeSet<String>,
    answers: &mut Overrides,
) -> Result<(), Unanswered> {
    let name = &pack.id.name;
    for (key, prompt) in &pack.manifest.prompts {
        let given: Answers = answers
            .answers
            .iter()
            .filter(|(of, ..)| of == name)
            .map(|(_, key, value)| (key.clone(), value.clone()))
            .collect();
        let known = complete(&pack.manifest.prompts, &given);
        let is_chosen = prompt.module.as_ref().is_none_or(|it| chosen.contains(it));
        if given.contains_key(key) || !is_chosen || !prompt.when.holds(&known) {
            continue;
        }
        let value = ask_prompt(prompter, prompt)?;
        answers.answers.push((name.clone(), key.clone(), value));
    }
    Ok(())
}

/// Asks one question; what is answered is a value that its prompt accepts.
fn ask_prompt(prompter: &mut dyn Prompter, prompt: &Prompt) -> Result<Value, Unanswered> {
    let default = prompt.default();
    let is_default = |word: &str| match &default {
        Value::Array(words) => words.iter().any(|it| it == word),
        one => one == word,
    };
    let choices = prompt.choices.iter().map(|it| Choice {
        label: it.value().to_owned(),
        help: it.help().to_owned(),
    });
    let choices: Vec<Choice> = choices.collect();
    let marked: Vec<bool> = choices.iter().map(|it| is_default(&it.label)).collect();
    Ok(match prompt.kind {
        Kind::Text | Kind::Number => {
            let shown = match (&default, &prompt.default) {
                (Value::String(text), _) => text.clone(),
                (_, None) => String::new(),
                (other, Some(_)) => other.to_string(),
            };
            let check = |text: &str| {
                prompt
                    .accept(&prompt.parse(text))
                    .map_err(|why| Refusal::Value {
                        text: text.to_owned(),
                        why,
                    })
            };
            prompt.parse(&prompter.text(&prompt.ask, &shown, &check)?)
        }
        Kind::Confirm => prompter
            .confirm(&prompt.ask, default == Value::Bool(true))?
            .into(),
        Kind::Choice if choices.len() == 1 => choices[0].label.clone().into(),
        Kind::Choice => {
            let first = marked.iter().position(|it| *it).unwrap_or(0);
            let index = prompter.choose(&prompt.ask, &choices, first)?;
            choices[index].label.clone().into()
        }
        Kind::Many => {
            let chosen = prompter.choose_many(&prompt.ask, &choices, &marked)?;
            chosen
                .into_iter()
                .map(|index| choices[index].label.clone())
                .collect()
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pack::content::Content;
    use crate::prompt::scripted::{Answer, Scripted, ask_all, given_choices};

    /// What there is with a pack whose files are these.
    fn catalogue(files: &[(&str, &str)]) -> Catalogue {
        let mut content = Content::new("acme");
        for (path, text) in files {
            content.add(path, (*text).into(), false).unwrap();
        }
        let pack = Pack::read(content.finish().unwrap(), "acme").unwrap();
        Catalogue::with_packs(vec![pack]).unwrap()
    }

    /// Everything that hybridge itself asks for, with these services.
    fn given(services: &[&str]) -> Overrides {
        let services = services.iter().map(|service| service.parse().unwrap());
        Overrides {
            name: Some("shop".into()),
            services: services.collect(),
            via: vec!["rest".parse().unwrap()],
            choices: given_choices(Catalogue::built_in().unwrap()).collect(),
            targets: Some(vec!["compose".into()]),
            ..Overrides::default()
        }
    }

    #[test]
    fn a_module_of_a_pack_asks_where_it_is_chosen() {
        let module = "label: Pricing\nservice: pricing\nprompts: { currency: { type: choice, ask: Currency, choices: \
            [EUR, USD] } }\n";
        let catalogue = catalogue(&[
            (
                "pack.yaml",
                "name: acme\nversion: 1.0.0\nhybridge: '*'\nprompts: { team: { type: text, ask: Team } }\n",
            ),
            ("templates/kind/pricing/module.yaml", module),
            ("templates/kind/pricing/contract.yaml", "operations: {}\n"),
        ]);
        let asked = |service: &str| {
            let given = given(&["gateway:gateway", service]);
            let mut prompter = Scripted::new(vec![Answer::Default, Answer::Default]);
            ask_all(&mut prompter, &catalogue, &given).unwrap();
            prompter.asked
        };
        assert_eq!(asked("prices:pricing"), ["Team", "Currency"]);
        assert_eq!(asked("vision:inference"), ["Team"]);
    }

    #[test]
    fn a_pack_asks_after_ours_what_is_not_given_and_what_its_conditions_want() {
        let page = "name: acme\nversion: 1.0.0\nhybridge: '*'\nprompts:\n  \
            team: { type: text, ask: Team, pattern: '[a-z]+' }\n  \
            tier: { type: choice, ask: Tier, choices: [gold, silver] }\n  \
            pager: { type: number, ask: Pager, minimum: 100, when: { tier: gold } }\n  \
            quiet: { type: confirm, ask: Quiet, when: { tier: silver } }\n  \
            extras: { type: many, ask: Extras, choices: [a, b], default: [b] }\n";
        let catalogue = catalogue(&[("pack.yaml", page)]);
        let given = Overrides {
            answers: vec![("acme".into(), "team".into(), "pay".into())],
            ..given(&["vision:inference"])
        };
        let script = vec![
            Answer::One("gold".into()),
            Answer::Text("7".into()),
            Answer::Text("112".into()),
            Answer::Default,
        ];
        let mut prompter = Scripted::new(script);
        let answers = ask_all(&mut prompter, &catalogue, &given).unwrap();
        assert_eq!(
            prompter.asked,
            ["Tier", "Pager", "`7` is less than 100", "Pager", "Extras"]
        );
        let values: Vec<String> = answers
            .answers
            .iter()
            .map(|(_, key, value)| format!("{key}={value}"))
            .collect();
        assert_eq!(
            values,
            [
                "team=\"pay\"",
                "tier=\"gold\"",
                "pager=112",
                "extras=[\"b\"]"
            ]
        );
    }
}
