use proptest::prelude::*;

use super::arbitrary::{blueprint, text};
use super::*;
use crate::blueprint::write::write;
use crate::document::print::yaml_scalar;

proptest! {
    #[test]
    fn what_is_written_is_read_again(blueprint in blueprint()) {
        let text = write(&blueprint);
        let read = page(&text);
        prop_assert!(read.is_ok(), "{}\n{text}", read.unwrap_err());
        prop_assert_eq!(read.unwrap(), blueprint, "{}", text);
    }

    /// libyaml reads YAML 1.1 and 1.2 alike only where nothing is left to guess.
    #[test]
    fn a_scalar_is_the_same_text_for_another_reader(text in text()) {
        let line = format!("key: {}\n", yaml_scalar(&text));
        let read: serde_json::Value = serde_yaml::from_str(&line).unwrap();
        prop_assert_eq!(&read["key"], &serde_json::Value::from(text), "{}", line);
    }
}
