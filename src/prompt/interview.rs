//! What `hybridge new` asks, in order, when it is not given.

use super::{Check, Choice, Prompter, Refusal, Unanswered, history, pack};
use crate::blueprint::options::GATEWAY;
use crate::blueprint::overrides::{Overrides, ServiceFlag, ViaFlag};
use crate::catalogue::{Axis, Catalogue, Module};
use crate::error::Error;

/// Name of the system, where nobody has a better idea.
pub const DEFAULT_NAME: &str = "my-system";

/// Fills in what `given` leaves open by asking.
///
/// `check_name` says what is wrong with a name of a system or a service.
///
/// # Errors
/// [`Error::Cancelled`] on Ctrl-C, on Esc at the first question, and when the last one is answered with no.
pub fn ask(
    prompter: &mut dyn Prompter,
    catalogue: &Catalogue,
    given: &Overrides,
    check_name: Check<'_>,
    review: &dyn Fn(&Overrides) -> Result<Review, Error>,
) -> Result<Overrides, Error> {
    let (answers, is_wanted) = history::ask(prompter, |prompter| {
        let answers = questions(prompter, catalogue, given.clone(), check_name)?;
        let Review { text, question } = review(&answers)?;
        prompter.show(&text);
        let is_wanted = match question {
            Some(question) => prompter.confirm(question, true)?,
            None => true,
        };
        Ok((answers, is_wanted))
    })?;
    match is_wanted {
        true => Ok(answers),
        false => Err(Error::Cancelled),
    }
}

/// What is shown when all is answered, and what is asked then.
pub struct Review {
    pub text: String,
    pub question: Option<&'static str>,
}

/// # Errors
/// As for every question.
pub(super) fn questions(
    prompter: &mut dyn Prompter,
    catalogue: &Catalogue,
    given: Overrides,
    check_name: Check<'_>,
) -> Result<Overrides, Unanswered> {
    let mut interview = Interview {
        prompter,
        catalogue,
        check_name,
    };
    let mut answers = given;
    if answers.name.is_none() {
        answers.name = Some(interview.prompter.text(
            "Name of the system",
            DEFAULT_NAME,
            check_name,
        )?);
    }
    if answers.services.is_empty() {
        answers.services = interview.services()?;
    }
    if answers.via.is_empty() {
        answers.via = interview.links(&answers.services)?;
    }
    for axis in Axis::all_choices() {
        if let Some(question) = axis.question()
            && !answers.choices.contains_key(&axis)
        {
            let words = match axis.is_many() {
                true => interview.many(question, axis)?,
                false => vec![interview.one(question, axis)?],
            };
            answers.choices.insert(axis, words);
        }
    }
    if answers.targets.is_none() {
        answers.targets = Some(interview.many("What is it deployed with?", Axis::DEPLOY)?);
    }
    pack::ask(interview.prompter, catalogue, &mut answers)?;
    Ok(answers)
}

pub(super) struct Interview<'i> {
    pub prompter: &'i mut dyn Prompter,
    pub catalogue: &'i Catalogue,
    pub check_name: Check<'i>,
}

impl Interview<'_> {
    /// The gateway and the Python services.
    fn services(&mut self) -> Result<Vec<ServiceFlag>, Unanswered> {
        let framework = self.one("Framework of the gateway", Axis::GATEWAY)?;
        let gateway = self
            .catalogue
            .get(Axis::KIND, GATEWAY)
            .map(|kind| kind.manifest.service.clone());
        let mut services = vec![ServiceFlag {
            name: gateway.unwrap_or_else(|| GATEWAY.into()),
            kind: GATEWAY.into(),
            framework: Some(framework),
        }];
        let kinds: Vec<&Module> = self
            .catalogue
            .options(Axis::KIND)
            .filter(|kind| kind.name != GATEWAY)
            .collect();
        let choices: Vec<Choice> = kinds.iter().map(|kind| choice(kind)).collect();
        let defaults: Vec<bool> = kinds.iter().map(|kind| kind.is_default).collect();
        for index in self
            .prompter
            .choose_many("Which Python services?", &choices, &defaults)?
        {
            let service = self.service(kinds[index], &services)?;
            services.push(service);
        }
        while self.prompter.confirm("Another service?", false)? {
            let index = match choices.len() {
                1 => 0,
                _ => self.prompter.choose("Of which kind?", &choices, 0)?,
            };
            let service = self.service(kinds[index], &services)?;
            services.push(service);
        }
        Ok(services)
    }

    pub fn service(
        &mut self,
        kind: &Module,
        taken: &[ServiceFlag],
    ) -> Result<ServiceFlag, Unanswered> {
        let is_taken = |name: &str| taken.iter().any(|service| service.name == name);
        let check_name = self.check_name;
        let check = |name: &str| match is_taken(name) {
            true => Err(Refusal::Taken { name: name.into() }),
            false => check_name(name),
        };
        let base = &kind.manifest.service;
        let free = (2..)
            .map(|number| format!("{base}-{number}"))
            .find(|name| !is_taken(name));
        let default = if is_taken(base) {
            free.unwrap_or_default()
        } else {
            base.clone()
        };
        let question = format!("Name of the {} service", kind.label.to_lowercase());
        let name = self.prompter.text(&question, &default, &check)?;
        let axis = match kind.name == GATEWAY {
            true => Axis::GATEWAY,
            false => Axis::PYTHON,
        };
        let framework = self.one(&format!("Framework of `{name}`"), axis)?;
        Ok(ServiceFlag {
            name,
            kind: kind.name.clone(),
            framework: Some(framework),
        })
    }

    fn links(&mut self, services: &[ServiceFlag]) -> Result<Vec<ViaFlag>, Unanswered> {
        let mut links = Vec::new();
        for service in services.iter().filter(|service| service.kind != GATEWAY) {
            let question = format!("How does the gateway reach `{}`?", service.name);
            let transport = self.one(&question, Axis::TRANSPORT)?;
            links.push(ViaFlag {
                gateway: None,
                service: Some(service.name.clone()),
                transport,
            });
        }
        Ok(links)
    }

    pub fn one(&mut self, question: &str, axis: Axis) -> Result<String, Unanswered> {
        let options: Vec<&Module> = self.catalogue.options(axis).collect();
        if let [only] = options[..] {
            return Ok(only.name.clone());
        }
        let choices: Vec<Choice> = options.iter().map(|option| choice(option)).collect();
        let default = options
            .iter()
            .position(|option| option.is_default)
            .unwrap_or(0);
        let index = self.prompter.choose(question, &choices, default)?;
        Ok(options[index].name.clone())
    }

    fn many(&mut self, question: &str, axis: Axis) -> Result<Vec<String>, Unanswered> {
        let options: Vec<&Module> = self.catalogue.options(axis).collect();
        let choices: Vec<Choice> = options.iter().map(|option| choice(option)).collect();
        let defaults: Vec<bool> = options.iter().map(|option| option.is_default).collect();
        let chosen = self.prompter.choose_many(question, &choices, &defaults)?;
        Ok(chosen
            .into_iter()
            .map(|index| options[index].name.clone())
            .collect())
    }
}

pub(super) fn choice(module: &Module) -> Choice {
    Choice {
        label: module.label.clone(),
        help: module.help.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::prompt::scripted::{Answer, Scripted, ask_all, given_choices};

    fn ask_with(answers: Vec<Answer>, given: Overrides) -> (Result<Overrides, Error>, Vec<String>) {
        let mut prompter = Scripted::new(answers);
        let catalogue = Catalogue::built_in().expect("the built-in catalogue");
        let answers = ask_all(&mut prompter, catalogue, &given);
        (answers, prompter.asked)
    }

    fn label(kind: &str) -> String {
        let catalogue = Catalogue::built_in().unwrap();
        catalogue.get(Axis::KIND, kind).unwrap().label.clone()
    }

    #[test]
    fn what_is_given_is_not_asked() {
        let given = Overrides {
            name: Some("shop".into()),
            services: vec!["vision:inference".parse().expect("a service")],
            via: vec!["rest".parse().expect("a transport")],
            choices: given_choices(Catalogue::built_in().unwrap()).collect(),
            targets: Some(vec!["compose".into()]),
            ..Overrides::default()
        };
        let (answers, asked) = ask_with(Vec::new(), given.clone());
        assert_eq!(answers.expect("no question"), given);
        assert!(asked.is_empty());
    }

    #[test]
    fn a_second_service_of_a_kind_gets_a_name_of_its_own() {
        use Answer::{Default, Many, One, Yes};
        let inference = label("inference");
        let script = vec![
            Default,
            Many(vec![inference.clone()]),
            Default,
            Yes(true),
            One(inference),
            Default,
            Yes(false),
            Default,
            Default,
            Default,
            Default,
            Default,
        ];
        let (answers, _) = ask_with(script, Overrides::default());
        let names: Vec<String> = answers
            .expect("every question is answered")
            .services
            .into_iter()
            .map(|service| service.name)
            .collect();
        assert_eq!(names, ["gateway", "vision", "vision-2"]);
    }

    #[test]
    fn going_back_asks_the_question_before_again_and_all_that_follows_from_it() {
        use Answer::{Back, Default, Many, Text};
        let script = vec![
            Text("shop".into()),
            Many(vec![label("inference")]),
            Text("eyes".into()),
            Back,
            Back,
            Many(vec![label("worker")]),
            // The name of the worker.
            Back,
            // What was chosen is the default now.
            Default,
            Default,
            Default,
            Default,
            Default,
            Default,
            Default,
        ];
        let (answers, asked) = ask_with(script, Overrides::default());
        let answers = answers.expect("every question is answered");
        let services: Vec<&str> = answers.services.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(answers.name.as_deref(), Some("shop"));
        assert_eq!(services, ["gateway", "worker"], "{asked:?}");
        assert_eq!(
            asked[..7],
            [
                "Name of the system",
                "Which Python services?",
                "Name of the inference service",
                "Another service?",
                "Name of the inference service",
                "Which Python services?",
                "Name of the worker service",
            ],
        );
    }

    #[test]
    fn going_back_from_the_first_question_leaves() {
        let (answers, asked) = ask_with(vec![Answer::Back], Overrides::default());
        assert!(matches!(answers, Err(Error::Cancelled)));
        assert_eq!(asked, ["Name of the system"]);
    }

    #[test]
    fn leaving_is_possible_at_every_question() {
        for depth in 0..10 {
            let mut script = vec![Answer::Default; depth];
            script.push(Answer::Leave);
            let (answers, asked) = ask_with(script, Overrides::default());
            assert_eq!(asked.len(), depth + 1, "{asked:?}");
            assert!(matches!(answers, Err(Error::Cancelled)), "at {asked:?}");
        }
    }
}
