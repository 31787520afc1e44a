//! The contract that a kind brings.

use crate::catalogue::Module;
use crate::contract::model::Contract;
use crate::contract::notation;
use crate::contract::read;
use crate::contract::sections::Author;
use crate::document::finding::{BlueprintErrors, Findings};
use crate::document::parse;
use crate::document::source::Source;
use crate::document::validate::Structure;

/// Reads `contract.yaml` of a kind; a kind without one brings an empty contract.
///
/// # Errors
/// What is wrong with the file, marked as the module's own fault.
pub fn contract_of(module: &Module) -> Result<Contract, BlueprintErrors> {
    let Some(text) = &module.contract else {
        return Ok(Contract::default());
    };
    let name = format!("templates/{}/contract.yaml", module.folder());
    let source = Source {
        name,
        text: text.clone(),
    };
    read_own(&source).map_err(|errors| BlueprintErrors {
        in_module: true,
        ..errors
    })
}

fn read_own(source: &Source) -> Result<Contract, BlueprintErrors> {
    let mut findings = Findings::default();
    let node = parse::parse(source, &mut findings)?;
    Structure::new(notation::contract_file()).check(&node, &mut findings);
    let contract = read::read(
        &node,
        &Contract::default(),
        &[],
        Author::Kind,
        &mut findings,
    );
    findings.into_result(source)?;
    Ok(contract)
}
