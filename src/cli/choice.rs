//! Flags whose words are the options of an axis.

use std::ffi::OsStr;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Arg, ArgAction, ArgMatches, Args, FromArgMatches};
use indexmap::IndexMap;

use crate::catalogue::{Axis, Catalogue};

/// A flag for each axis of which components choose by a key of their own.
#[derive(Debug, Default)]
pub struct ChoiceArgs(pub IndexMap<Axis, Vec<String>>);

impl ChoiceArgs {
    fn arg(axis: Axis) -> Arg {
        let text = axis.flag_text();
        let arg = Arg::new(axis.folder())
            .long(axis.folder())
            .value_name(text.value.as_str())
            .help(text.help.as_str())
            .help_heading("Blueprint");
        match axis.is_many() {
            true => arg
                .action(ArgAction::Append)
                .value_delimiter(',')
                .value_parser(values(axis, &["none"])),
            false => arg.value_parser(values(axis, &[])),
        }
    }
}

impl FromArgMatches for ChoiceArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        for axis in Axis::all_choices() {
            let Some(words) = matches.get_many::<String>(axis.folder()) else {
                continue;
            };
            let mut words: Vec<String> = words.cloned().collect();
            if axis.is_many() && words == ["none"] {
                words.clear();
            }
            self.0.insert(axis, words);
        }
        Ok(())
    }
}

impl Args for ChoiceArgs {
    fn augment_args(command: clap::Command) -> clap::Command {
        Axis::all_choices().fold(command, |command, axis| command.arg(Self::arg(axis)))
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

/// The options of an axis, and `more` words, as values that clap completes and helps with.
///
/// Others are let through: a pack may bring them, and the blueprint's schema knows it.
pub(super) fn values(axis: Axis, more: &[&'static str]) -> OptionNames {
    let mut values = options(axis);
    values.extend(more.iter().copied().map(PossibleValue::new));
    OptionNames(values)
}

#[derive(Clone)]
pub(super) struct OptionNames(Vec<PossibleValue>);

impl TypedValueParser for OptionNames {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(self.0.iter().cloned()))
    }
}

pub(super) fn long_help(text: &str, axis: Axis) -> String {
    let words: Vec<String> = options(axis)
        .iter()
        .map(|value| value.get_name().to_owned())
        .collect();
    format!("{text}\n\n[transports: {}]", words.join(", "))
}

fn options(axis: Axis) -> Vec<PossibleValue> {
    // A catalogue that cannot be read is told by the command itself, with its place.
    let Ok(catalogue) = Catalogue::built_in() else {
        return Vec::new();
    };
    catalogue
        .options(axis)
        .map(|module| PossibleValue::new(module.name.clone()).help(module.help.clone()))
        .collect()
}
