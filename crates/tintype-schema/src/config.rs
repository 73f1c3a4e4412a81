//! From a value to a checked struct: the trait that `#[derive(Config)]` implements and the decoding around it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use cty::Value;
use diag::{Diagnostics, Span};

use crate::Schema;
use crate::check::{At, Check, Findings};
use crate::node::lay_map;
use crate::places::Places;
use crate::reader::Reader;
use crate::shape::Shaper;

/// The options of one use of a component as the template gave them, unknown values already replaced.
#[derive(Clone, Debug)]
pub struct ConfigValue {
    /// An object; its attributes are the options. Null and absent mean the same.
    pub value: Value,
    /// Where each option was written, by path (see [`Places`]).
    pub spans: BTreeMap<String, Span>,
    /// The header of the block, where missing options are reported.
    pub block: Option<Span>,
    /// The block as a title: `provisioner "shell"`. May be empty.
    pub block_name: String,
    /// Objects laid on top, the last one wins: a provisioner's `override`. Lists position by position, maps key by key.
    pub overrides: Vec<Value>,
    /// A legacy JSON template: convert further, find names without regard to case.
    pub loose: bool,
    /// Options of older versions that `fix` takes away or renames, and the fixer that does it.
    pub repairs: BTreeMap<String, String>,
}

impl ConfigValue {
    /// A value without places: of a test, or of a template that has none.
    pub fn new(value: Value) -> Self {
        Self {
            value,
            spans: BTreeMap::new(),
            block: None,
            block_name: String::new(),
            overrides: Vec::new(),
            loose: false,
            repairs: BTreeMap::new(),
        }
    }

    /// The same, to be read as legacy JSON.
    pub fn loose(mut self) -> Self {
        self.loose = true;
        self
    }
}

/// Renders the Go templates in texts.
pub trait Interpolate {
    /// Renders a text that contains `{{`.
    fn render(&self, text: &str) -> Result<String, String>;

    /// Says whether a text that is rendered later could be: its syntax and its functions.
    fn check(&self, text: &str) -> Result<(), String> {
        let _ = text;
        Ok(())
    }
}

/// Leaves every text as it is.
#[derive(Clone, Copy, Debug, Default)]
pub struct Verbatim;

impl Interpolate for Verbatim {
    fn render(&self, text: &str) -> Result<String, String> {
        Ok(text.to_owned())
    }
}

/// A struct that decoded without errors.
#[derive(Clone, Debug)]
pub struct Decoded<C> {
    /// The options.
    pub config: C,
    /// What should be said about them nevertheless.
    pub warnings: Diagnostics,
    /// Where they were written, for findings that only the world can show.
    pub places: Places,
}

impl<C> Decoded<C> {
    /// Runs a check that needs more than the options, such as the files that they name, and adds its warnings.
    ///
    /// # Errors
    /// Everything that the check reported, when one of it is an error.
    pub fn verify(&mut self, check: impl FnOnce(&mut C, &mut At<'_>)) -> Result<(), Diagnostics> {
        let mut findings = Findings { places: self.places.clone(), ..Findings::default() };
        check(&mut self.config, &mut At { findings: &mut findings, prefix: String::new() });
        let ((), warnings) = findings.into_result(())?;
        self.warnings.extend(warnings);
        Ok(())
    }
}

/// A struct of options. Derived, never written by hand.
pub trait Config: Check + Sized {
    /// What may be written.
    fn schema() -> &'static Schema;

    /// Reads the struct from converted values. Reports instead of failing; what is wrong reads as its empty value.
    fn read(reader: &mut Reader<'_>) -> Self;

    /// Converts, renders, fills in defaults and checks.
    ///
    /// # Errors
    /// Every mistake at once, in the order of their places, with the warnings among them.
    fn decode(value: &ConfigValue, interpolate: &dyn Interpolate) -> Result<Decoded<Self>, Diagnostics> {
        let (config, findings) = run::<Self, _>(value, interpolate, |config, _| config);
        let places = findings.places.clone();
        findings.into_result(config).map(|(config, warnings)| Decoded { config, warnings, places })
    }

    /// The same, and then makes something of the options, with a check that needs more than them. It runs even when there are
    /// errors already, so that all are told at once: what it makes is thrown away then.
    ///
    /// # Errors
    /// As [`decode`](Self::decode), with what `make` reported.
    fn decode_into<T>(
        value: &ConfigValue,
        interpolate: &dyn Interpolate,
        make: impl FnOnce(Self, &mut At<'_>) -> T,
    ) -> Result<(T, Diagnostics), Diagnostics> {
        let (made, findings) = run(value, interpolate, make);
        findings.into_result(made)
    }
}

fn run<C: Config, T>(
    value: &ConfigValue,
    interpolate: &dyn Interpolate,
    make: impl FnOnce(C, &mut At<'_>) -> T,
) -> (T, Findings) {
    let mut findings = Findings {
        places: Places {
            spans: Arc::new(value.spans.clone()),
            block: value.block,
            block_name: value.block_name.clone(),
            given: BTreeSet::new(),
            filled: BTreeSet::new(),
        },
        repairs: value.repairs.clone(),
        ..Findings::default()
    };
    let mut shaper = Shaper { findings: &mut findings, interpolate, loose: value.loose, json: value.loose };
    let mut members = shaper.members(C::schema(), &value.value, "");
    // An override arrives as it was written, not converted by a schema: it converts like JSON.
    shaper.loose = true;
    for layer in &value.overrides {
        let above = shaper.members(C::schema(), layer, "");
        lay_map(&mut members, above);
    }
    let config = Reader::root(&mut findings, interpolate, value.loose, members, C::schema()).config::<C>();
    let made = make(config, &mut At { findings: &mut findings, prefix: String::new() });
    (made, findings)
}
